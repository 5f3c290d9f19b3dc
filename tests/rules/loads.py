"""Made-up households: what the figures are computed of."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from monitoring.history.boundaries import GroupBy, get_boundaries
from monitoring.rules.hours import Hours, Load, make_hours, make_load
from monitoring.rules.instants import to_us

BUCHAREST = ZoneInfo("Europe/Bucharest")
#: A Monday.
MONDAY = datetime(2026, 1, 5, tzinfo=BUCHAREST)


def hours_of(start: datetime, end: datetime, zone: ZoneInfo = BUCHAREST) -> Hours:
    """The hours of ``zone`` that hold ``[start, end)``."""
    ends = get_boundaries(start, end, group_by=GroupBy.HOUR, zone=zone, limit=10_000)
    return make_hours(np.array([to_us(at) for at in ends], np.int64), zone)


def hours_of_days(days: int, start: datetime = MONDAY) -> Hours:
    """The hours of so many whole days; ``start`` is a midnight."""
    return hours_of(start, start + timedelta(days=days))  # the clock's days, whatever their length


def load_of(hours: Hours, *kw: Callable[[int, int], float]) -> Load:
    """Sensors whose power is a function of the weekday (Monday is 0) and the hour of the clock."""
    weekdays = (hours.day - 1) % 7
    clock = list(zip(weekdays.tolist(), hours.hour.tolist(), strict=True))
    rows = [[power(weekday, hour) for weekday, hour in clock] for power in kw]
    return make_load(hours, np.array(rows).reshape(len(kw), len(hours)) * hours.length_h)


def weekly(weekday: int, hour: int) -> float:
    """A household with habits: each hour of the week has a power of its own."""
    return 0.2 + 0.1 * weekday + 0.03 * hour


def ordinal(year: int, month: int, day: int) -> int:
    return date(year, month, day).toordinal()
