from datetime import UTC, datetime

from django.db import migrations, models

PARENT = 'monitoring_reading'
COLUMNS = 'sensor_id, measured_at, energy_kwh'
#: Besides those of the readings that are there: the last month, this one, and so many to come.
BEHIND, AHEAD = 1, 3

MAKE_PARENT = [
    'ALTER TABLE monitoring_reading RENAME TO monitoring_reading_plain',
    'ALTER INDEX monitoring_reading_pkey RENAME TO monitoring_reading_plain_pkey',
    """CREATE TABLE monitoring_reading
       (LIKE monitoring_reading_plain INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE,
        CONSTRAINT monitoring_reading_pkey PRIMARY KEY (sensor_id, measured_at))
       PARTITION BY RANGE (measured_at)""",
    'CREATE TABLE monitoring_reading_default PARTITION OF monitoring_reading DEFAULT',
]
FILL_PARENT = [
    f'INSERT INTO monitoring_reading ({COLUMNS}) SELECT {COLUMNS} FROM monitoring_reading_plain',
    'DROP TABLE monitoring_reading_plain',
]
MAKE_PLAIN = [
    """CREATE TABLE monitoring_reading_plain
       (LIKE monitoring_reading INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)""",
    f'INSERT INTO monitoring_reading_plain ({COLUMNS}) SELECT {COLUMNS} FROM monitoring_reading',
    'DROP TABLE monitoring_reading',
    'ALTER TABLE monitoring_reading_plain RENAME TO monitoring_reading',
    """ALTER TABLE monitoring_reading
       ADD CONSTRAINT monitoring_reading_pkey PRIMARY KEY (sensor_id, measured_at)""",
]


def partition_readings(apps, schema_editor):
    """Copies every reading once: it needs their size on disk again, and time."""
    run(schema_editor, MAKE_PARENT)
    for number in sorted(months_of_readings(schema_editor) | months_around(datetime.now(UTC))):
        year, month = divmod(number, 12)
        schema_editor.execute(
            f'CREATE TABLE {PARENT}_{year:04}_{month + 1:02} PARTITION OF {PARENT}'
            f" FOR VALUES FROM ('{first_day(number)}') TO ('{first_day(number + 1)}')"
        )
    run(schema_editor, FILL_PARENT)


def unite_readings(apps, schema_editor):
    run(schema_editor, MAKE_PLAIN)


def run(schema_editor, statements):
    for statement in statements:
        schema_editor.execute(statement)


def months_of_readings(schema_editor):
    """Months are numbers here: 12 times the year, plus 0 to 11."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("""
            SELECT DISTINCT 12 * extract(year FROM at)::int + extract(month FROM at)::int - 1
            FROM (SELECT measured_at AT TIME ZONE 'UTC' AS at FROM monitoring_reading_plain) reading
        """)
        return {number for (number,) in cursor.fetchall()}


def months_around(now):
    this = 12 * now.year + now.month - 1
    return set(range(this - BEHIND, this + AHEAD + 1))


def first_day(number):
    year, month = divmod(number, 12)
    return f'{year:04}-{month + 1:02}-01T00:00:00Z'


class Migration(migrations.Migration):

    dependencies = [
        ('monitoring', '0003_limits_in_states'),
    ]

    operations = [
        migrations.RunPython(partition_readings, unite_readings),
        migrations.CreateModel(
            name='ReadingRetention',
            fields=[
                ('id', models.SmallAutoField(primary_key=True, serialize=False)),
                ('kept_from', models.DateTimeField()),
                ('raised_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_reading_retention')],
            },
        ),
        migrations.AlterField(
            model_name='quarantinedreading',
            name='reason',
            field=models.CharField(choices=[('too_large', 'message too large'), ('too_many', 'too many readings in a message'), ('not_json', 'not JSON'), ('bad_shape', 'not a reading'), ('bad_timestamp', 'bad timestamp'), ('naive_timestamp', 'timestamp without offset'), ('future_timestamp', 'timestamp in the future'), ('old_timestamp', 'timestamp before 2000'), ('bad_sensor_id', 'bad sensor id'), ('bad_value', 'bad measurement value'), ('unknown_sensor', 'unknown sensor'), ('inactive_sensor', 'inactive sensor'), ('too_old', 'older than what is kept'), ('conflict', 'another value is stored for this time'), ('not_storable', 'the database refused it'), ('dead_letter', 'came back again and again')], max_length=20, verbose_name='reason'),
        ),
    ]
