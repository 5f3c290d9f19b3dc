import django.db.models.deletion
from django.db import migrations, models

# What was told before: a group a sensor and day, as the user's calendar has it.
GROUP = """
    WITH zone AS MATERIALIZED (SELECT name FROM pg_timezone_names),
    told AS MATERIALIZED (
        SELECT notification.user_id, notification.seq, notification.created_at, peak.sensor_id,
               peak.superseded_at,
               (peak.started_at AT TIME ZONE coalesce(zone.name, 'UTC'))::date AS day
        FROM monitoring_notification notification
        JOIN monitoring_peak peak ON peak.id = notification.peak_id
        JOIN accounts_user account ON account.id = notification.user_id
        LEFT JOIN zone ON zone.name = account.time_zone
    ), grouped AS (
        INSERT INTO monitoring_alertgroup
               (user_id, sensor_id, kind, day, peak_count, last_seq, told_at, change)
        SELECT user_id, sensor_id, 'day', day, count(*) FILTER (WHERE superseded_at IS NULL),
               max(seq), max(created_at), 0
        FROM told GROUP BY user_id, sensor_id, day
        RETURNING id, user_id, sensor_id, day
    )
    UPDATE monitoring_notification notification SET group_id = grouped.id
    FROM told JOIN grouped USING (user_id, sensor_id, day)
    WHERE notification.user_id = told.user_id AND notification.seq = told.seq
"""
LIST = """
    INSERT INTO monitoring_alertedpeak (group_id, peak_id, started_at, power_kw, is_current)
    SELECT group_id, peak.id, peak.started_at, peak.power_kw, peak.superseded_at IS NULL
    FROM monitoring_notification JOIN monitoring_peak peak ON peak.id = peak_id
"""

# Whoever changes a peak and however, the lists follow. The work is bounded by the peaks of the
# statement: by index, also where a session has kept a plan from when the tables were small. Whoever
# changes peaks holds the locks of their sensors, so no two transactions write the same group.
FOLLOW = """
    CREATE FUNCTION follow_peaks_in_alerts() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off AS $$
    BEGIN
        WITH followed AS (
            UPDATE monitoring_alertedpeak alerted
            SET started_at = after.started_at, power_kw = after.power_kw,
                is_current = after.superseded_at IS NULL
            FROM new_peaks after
            WHERE alerted.peak_id = after.id
              AND (alerted.started_at, alerted.power_kw, alerted.is_current)
                  IS DISTINCT FROM (after.started_at, after.power_kw, after.superseded_at IS NULL)
            RETURNING alerted.group_id, alerted.peak_id, alerted.is_current
        ), moved AS (
            SELECT followed.group_id,
                   sum(followed.is_current::int - (before.superseded_at IS NULL)::int)::int AS by
            FROM followed JOIN old_peaks before ON before.id = followed.peak_id
            GROUP BY followed.group_id
        )
        UPDATE monitoring_alertgroup grouped SET peak_count = grouped.peak_count + moved.by
        FROM moved
        WHERE grouped.id = moved.group_id AND moved.by <> 0;
        RETURN NULL;
    END $$;

    CREATE TRIGGER follow_peaks_in_alerts
    AFTER UPDATE ON monitoring_peak
    REFERENCING OLD TABLE AS old_peaks NEW TABLE AS new_peaks
    FOR EACH STATEMENT EXECUTE FUNCTION follow_peaks_in_alerts();
"""
DROP = """
    DROP TRIGGER follow_peaks_in_alerts ON monitoring_peak;
    DROP FUNCTION follow_peaks_in_alerts();
"""
NOTHING = migrations.RunSQL.noop


class Migration(migrations.Migration):

    dependencies = [("monitoring", "0016_alert_groups")]

    operations = [
        migrations.RunSQL(GROUP, NOTHING),
        migrations.RunSQL(LIST, NOTHING),
        # A table with rows whose keys are still to be checked cannot be altered.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", NOTHING),
        migrations.AlterField(
            model_name="notification",
            name="group",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notifications",
                to="monitoring.alertgroup",
                verbose_name="alert group",
            ),
        ),
        migrations.RunSQL(FOLLOW, DROP),
    ]
