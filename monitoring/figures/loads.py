"""The stored hours of sensors as the rules of ``monitoring.rules.hours`` want them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from monitoring.history.boundaries import GroupBy, get_boundaries
from monitoring.history.queries import MAX_INTERVALS, get_consumption_by_sensor
from monitoring.rules.hours import US_PER_HOUR, Hours, Load, make_hours, make_load
from monitoring.rules.instants import MICROSECOND, to_us
from monitoring.rules.intervals import Quality


@dataclass(frozen=True, slots=True)
class Loads:
    """The hours of sensors, a row each.

    ``known`` has all energy, also what was interpolated between readings far apart: right for
    sums. ``measured`` leaves that out: right for what depends on the time of day.
    """

    sensor_ids: list[int]
    known: Load
    measured: Load


def get_loads(
    *,
    sensor_ids: Sequence[int],
    start: datetime,
    end: datetime,
    zone: ZoneInfo,
    group_by: GroupBy = GroupBy.HOUR,
) -> Loads:
    """The hours of ``zone`` that hold ``[start, end)``, or longer intervals, in one read.

    Nothing is expected to be known of what is after ``end``.
    """
    found = get_consumption_by_sensor(
        sensor_ids, start=start, end=end, group_by=group_by, zone=zone
    )
    if not found:
        hours = get_hours(start=start, end=end, zone=zone)
        nothing = make_load(hours, np.empty((0, len(hours))))
        return Loads([], nothing, nothing)
    sensors = list(found.values())
    hours = make_hours(np.append(sensors[0].start_us, sensors[0].end_us[-1]), zone)
    kwh = np.stack([sensor.kwh for sensor in sensors])
    known_h = np.stack([sensor.known for sensor in sensors]) * hours.length_h
    passed_h = np.clip((to_us(end) - hours.start_us) / US_PER_HOUR, 0, hours.length_h)
    expected = np.stack([sensor.expected for sensor in sensors])
    expected_h = np.minimum(expected * hours.length_h, passed_h)
    is_measured = np.stack([sensor.quality == Quality.MEASURED for sensor in sensors])
    return Loads(
        list(found),
        make_load(hours, kwh, known_h, expected_h),
        make_load(hours, np.where(is_measured, kwh, np.nan), known_h, expected_h),
    )


def just_after(now: datetime) -> datetime:
    """The end of a span that holds the instant itself, so that its hour is always in it."""
    return now + MICROSECOND


def get_hours(*, start: datetime, end: datetime, zone: ZoneInfo) -> Hours:
    """The hours of ``zone`` that hold ``[start, end)``."""
    ends = get_boundaries(start, end, group_by=GroupBy.HOUR, zone=zone, limit=MAX_INTERVALS)
    return make_hours(np.fromiter(map(to_us, ends), np.int64), zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a date."""
    return datetime(day.year, day.month, day.day, tzinfo=zone)
