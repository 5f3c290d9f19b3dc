from django.db import migrations, models

# The copy is kept by the database, whoever changes a sensor and however. Order of locks: the
# sensor, then its state, which is also the order in which ingestion takes them for a new state.
KEEP_LIMITS = """
    CREATE FUNCTION keep_limits_in_states() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE monitoring_sensorstate
        SET max_power_kw = NEW.max_power_kw, is_active = NEW.is_active
        WHERE sensor_id = NEW.id;
        RETURN NULL;
    END $$;

    CREATE TRIGGER keep_limits_in_states
    AFTER UPDATE OF max_power_kw, is_active ON devices_sensor
    FOR EACH ROW
    WHEN ((OLD.max_power_kw, OLD.is_active) IS DISTINCT FROM (NEW.max_power_kw, NEW.is_active))
    EXECUTE FUNCTION keep_limits_in_states();

    UPDATE monitoring_sensorstate state
    SET max_power_kw = sensor.max_power_kw, is_active = sensor.is_active
    FROM devices_sensor sensor WHERE sensor.id = state.sensor_id;
"""

DROP = """
    DROP TRIGGER keep_limits_in_states ON devices_sensor;
    DROP FUNCTION keep_limits_in_states();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("devices", "0001_initial"),
        ("monitoring", "0002_ingestion_at_speed"),
    ]

    operations = [
        migrations.AddField(
            model_name="sensorstate",
            name="is_active",
            field=models.BooleanField(default=True, editable=False),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="sensorstate",
            name="max_power_kw",
            field=models.FloatField(default=0, editable=False),
            preserve_default=False,
        ),
        migrations.RunSQL(KEEP_LIMITS, DROP),
    ]
