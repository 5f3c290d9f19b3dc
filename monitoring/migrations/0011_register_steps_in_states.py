from django.db import migrations, models

# As migration 0003, with one more column.
KEEP_SETTINGS = """
    CREATE OR REPLACE FUNCTION keep_limits_in_states() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE monitoring_sensorstate
        SET max_power_kw = NEW.max_power_kw, is_active = NEW.is_active,
            register_step_kwh = coalesce(NEW.register_step_kwh, 0)
        WHERE sensor_id = NEW.id;
        RETURN NULL;
    END $$;

    DROP TRIGGER keep_limits_in_states ON devices_sensor;
    CREATE TRIGGER keep_limits_in_states
    AFTER UPDATE OF max_power_kw, is_active, register_step_kwh ON devices_sensor
    FOR EACH ROW
    WHEN ((OLD.max_power_kw, OLD.is_active, OLD.register_step_kwh)
          IS DISTINCT FROM (NEW.max_power_kw, NEW.is_active, NEW.register_step_kwh))
    EXECUTE FUNCTION keep_limits_in_states();
"""

KEEP_LIMITS = """
    CREATE OR REPLACE FUNCTION keep_limits_in_states() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE monitoring_sensorstate
        SET max_power_kw = NEW.max_power_kw, is_active = NEW.is_active
        WHERE sensor_id = NEW.id;
        RETURN NULL;
    END $$;

    DROP TRIGGER keep_limits_in_states ON devices_sensor;
    CREATE TRIGGER keep_limits_in_states
    AFTER UPDATE OF max_power_kw, is_active ON devices_sensor
    FOR EACH ROW
    WHEN ((OLD.max_power_kw, OLD.is_active) IS DISTINCT FROM (NEW.max_power_kw, NEW.is_active))
    EXECUTE FUNCTION keep_limits_in_states();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("devices", "0003_sensor_register_step"),
        ("monitoring", "0010_measured_peaks"),
    ]

    operations = [
        migrations.AddField(
            model_name="sensorstate",
            name="register_step_kwh",
            field=models.FloatField(db_default=0, editable=False),
        ),
        migrations.RunSQL(KEEP_SETTINGS, KEEP_LIMITS),
    ]
