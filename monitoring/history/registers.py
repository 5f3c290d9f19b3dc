"""The registers behind ranges of quarter hours, with what is known of their falls."""

from collections.abc import Iterable

import numpy as np

from monitoring.history.ranges import SensorRanges
from monitoring.models import MeterReplacement, RegisterFall
from monitoring.rules.columns import Keys
from monitoring.rules.instants import to_us
from monitoring.rules.intervals import QUARTER_US
from monitoring.rules.registers import Registers, Replacement, Rollover
from monitoring.sql import FROM_US, POSTGRES_EPOCH_US, column_array, copy_record, fetch_records

_READING = copy_record(("series", ">i8"), ("at", ">i8"), ("energy_kwh", ">f8"))

# From the last reading at or before a range to the first at or after it, by the key alone.
_READINGS = f"""
    SELECT number - 1, reading.measured_at, reading.energy_kwh
    FROM (SELECT number, sensor_id, {FROM_US.format(expression="start_us")} AS start_at,
                 {FROM_US.format(expression="end_us")} AS end_at
          FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[])
               WITH ORDINALITY AS range (sensor_id, start_us, end_us, number)) range
    LEFT JOIN LATERAL (
        SELECT measured_at FROM monitoring_reading
        WHERE sensor_id = range.sensor_id AND measured_at <= start_at
        ORDER BY measured_at DESC LIMIT 1
    ) previous ON true
    LEFT JOIN LATERAL (
        SELECT measured_at FROM monitoring_reading
        WHERE sensor_id = range.sensor_id AND measured_at >= end_at
        ORDER BY measured_at LIMIT 1
    ) following ON true
    JOIN LATERAL (
        SELECT measured_at, energy_kwh FROM monitoring_reading
        WHERE sensor_id = range.sensor_id
          AND measured_at >= coalesce(previous.measured_at, start_at)
          AND measured_at <= coalesce(following.measured_at, end_at)
    ) reading ON true
    ORDER BY 1, 2
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
    known = RegisterFall.objects.filter(
        sensor__in=np.unique(ranges.sensor_id).tolist(),
        decision=RegisterFall.Decision.ROLLOVER,
        superseded_at__isnull=True,
    )
    return [
        Rollover(series, to_us(start), to_us(end), risen_kwh)
        for sensor_id, start, end, risen_kwh in known.values_list(
            "sensor_id", "started_at", "ended_at", "risen_kwh"
        )
        if risen_kwh is not None  # as the database makes sure of
        for series in _series_of(sensor_id, ranges.sensor_id)
    ]


def get_replacements(ranges: SensorRanges) -> list[Replacement]:
    """The replacements of the ranges' sensors."""
    known = MeterReplacement.objects.filter(sensor__in=np.unique(ranges.sensor_id).tolist())
    return [
        Replacement(series, to_us(at), final_kwh, first_kwh)
        for sensor_id, at, final_kwh, first_kwh in known.values_list(
            "sensor_id", "replaced_at", "final_kwh", "first_kwh"
        )
        for series in _series_of(sensor_id, ranges.sensor_id)
    ]


def _series_of(sensor_id: int, sensor_ids: Keys) -> Iterable[int]:
    first, end = np.searchsorted(sensor_ids, [sensor_id, sensor_id + 1]).tolist()
    return range(first, end)
