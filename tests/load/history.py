"""Years of quarter hours in seconds: PostgreSQL copies the days of one sensor."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db import connection

from devices.models import Sensor
from tests.figures.households import store_hours, sum_up

#: The model day: the first of those that are copied.
FIRST = datetime(2024, 1, 1, tzinfo=UTC)

_COPY_DAY = """
    INSERT INTO monitoring_intervalday
        (sensor_id, day, kwh, peak_kw, covered_s, quality, quarters)
    SELECT of_id, model.day + number, kwh, peak_kw, covered_s, quality, quarters
    FROM monitoring_intervalday AS model
    CROSS JOIN unnest(%s::bigint[]) AS of_id
    CROSS JOIN generate_series(0, %s - 1) AS number
    WHERE model.sensor_id = %s AND model.day = %s
    ON CONFLICT DO NOTHING
"""
_COPY_SUMMED = """
    INSERT INTO monitoring_summedsensor (sensor_id, first_at, summed_until)
    SELECT of_id, first_at, summed_until
    FROM monitoring_summedsensor CROSS JOIN unnest(%s::bigint[]) AS of_id
    WHERE sensor_id = %s
    ON CONFLICT DO NOTHING
"""


def fill_days(sensors: Sequence[Sensor], *, days: int) -> tuple[datetime, datetime]:
    """Gives each sensor that many days of quarter hours, and tells the span."""
    model = sensors[0]
    store_hours(model, lambda at: 1 + at.hour / 8, start=FIRST, end=FIRST + timedelta(days=1))
    sum_up()
    all_of_them = [sensor.pk for sensor in sensors]
    with connection.cursor() as cursor:
        cursor.execute(_COPY_DAY, [all_of_them, days, model.pk, FIRST.date()])
        cursor.execute(_COPY_SUMMED, [all_of_them, model.pk])
    return FIRST, FIRST + timedelta(days=days)
