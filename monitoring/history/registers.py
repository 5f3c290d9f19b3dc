"""The registers behind ranges of quarter hours, with what is known of their falls."""

from typing import Any

import numpy as np
from django.db import connection

from monitoring.history.ranges import SensorRanges
from monitoring.rules.intervals import QUARTER_US
from monitoring.rules.registers import Registers, Replacement, Rollover
from monitoring.sql import (
    FROM_US,
    POSTGRES_EPOCH_US,
    US_OF,
    column_array,
    copy_record,
    fetch_records,
)

_READING = copy_record(("series", ">i8"), ("at", ">i8"), ("energy_kwh", ">f8"))

# Whatever is found within days is found without a look into each month's partition.
_NEAREST = """
    SELECT coalesce(
        (SELECT measured_at FROM monitoring_reading
         WHERE sensor_id = range.sensor_id AND measured_at {side} {end}
           AND measured_at {near}
         ORDER BY measured_at {order} LIMIT 1),
        (SELECT measured_at FROM monitoring_reading
         WHERE sensor_id = range.sensor_id AND measured_at {side} {end}
         ORDER BY measured_at {order} LIMIT 1),
        {end}
    ) AS at
    OFFSET 0  -- computed once, not once a partition
"""
_PREVIOUS = _NEAREST.format(
    side="<=", end="start_at", near="> start_at - interval '2 days'", order="DESC"
)
_FOLLOWING = _NEAREST.format(
    side=">=", end="end_at", near="< end_at + interval '2 days'", order="ASC"
)

# From the last reading at or before a range to the first at or after it, by the key alone.
_READINGS = f"""
    SELECT number - 1, reading.measured_at, reading.energy_kwh
    FROM (SELECT number, sensor_id, {FROM_US.format(expression="start_us")} AS start_at,
                 {FROM_US.format(expression="end_us")} AS end_at
          FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[])
               WITH ORDINALITY AS range (sensor_id, start_us, end_us, number) OFFSET 0) range
    CROSS JOIN LATERAL ({_PREVIOUS}) previous
    CROSS JOIN LATERAL ({_FOLLOWING}) following
    CROSS JOIN LATERAL (
        SELECT measured_at, energy_kwh FROM monitoring_reading
        WHERE sensor_id = range.sensor_id
          AND measured_at >= previous.at AND measured_at <= following.at
        OFFSET 0
    ) reading
    ORDER BY 1, 2
"""

_ROLLOVERS = f"""
    SELECT sensor_id, {US_OF.format(column="started_at")}, {US_OF.format(column="ended_at")},
           risen_kwh
    FROM monitoring_registerfall
    WHERE sensor_id = ANY (%s::bigint[]) AND superseded_at IS NULL AND decision = 'rollover'
"""

_REPLACEMENTS = f"""
    SELECT sensor_id, {US_OF.format(column="replaced_at")}, final_kwh, first_kwh
    FROM monitoring_meterreplacement
    WHERE sensor_id = ANY (%s::bigint[])
"""


def get_registers(ranges: SensorRanges) -> Registers:
    """The readings that decide the quarter hours of each range; a range is a series."""
    start_us, end_us = ranges.first * QUARTER_US, ranges.end * QUARTER_US
    rows = fetch_records(
        _READINGS, list(map(column_array, (ranges.sensor_id, start_us, end_us))), _READING
    )
    return Registers(
        rows["series"].astype(np.int64),
        rows["at"].astype(np.int64) + POSTGRES_EPOCH_US,
        rows["energy_kwh"].astype(np.float64),
    )


def get_rollovers(ranges: SensorRanges) -> list[Rollover]:
    """The current falls of the ranges' sensors that are rollovers."""
    return [Rollover(*row) for row in _get_by_series(_ROLLOVERS, ranges)]


def get_replacements(ranges: SensorRanges) -> list[Replacement]:
    """The replacements of the ranges' sensors."""
    return [Replacement(*row) for row in _get_by_series(_REPLACEMENTS, ranges)]


def _get_by_series(query: str, ranges: SensorRanges) -> list[tuple[Any, ...]]:
    """What a query finds of the sensors, once for each range of its sensor."""
    with connection.cursor() as cursor:
        cursor.execute(query, [column_array(np.unique(ranges.sensor_id))])
        return [
            (series, *row)
            for sensor_id, *row in cursor.fetchall()
            for series in np.flatnonzero(ranges.sensor_id == sensor_id).tolist()
        ]
