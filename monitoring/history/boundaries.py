"""Where intervals begin: quarter hours in UTC; hours, days, months, years in somebody's time zone.

A day begins with the first instant of its date, so it has 23 or 25 hours when the clock changes,
and there is no interval for a date that a zone has skipped. An hour begins when the clock shows a
full hour, and when it is set forward or back; so no interval holds the same wall time twice.

All boundaries are quarter hours of UTC, of which longer intervals are sums. Those of days, months
and years are so by themselves since 2000, whatever the zone. Of hours it is one exception: a few
zones have set their clocks a minute past midnight. Where a boundary is none, the one before it
stands for it.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
SECOND = timedelta(seconds=1)


class GroupBy(StrEnum):
    """How long intervals are."""

    QUARTER = "quarter"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class TooManyIntervals(ValueError):
    """The span has more intervals than are allowed."""


def get_boundaries(
    start: datetime, end: datetime, *, group_by: GroupBy, zone: ZoneInfo, limit: int
) -> list[datetime]:
    """The ends of the whole intervals that hold ``[start, end)``, in UTC and in order.

    The first is at or before ``start``, the last at or after ``end``. Raises ``TooManyIntervals``
    if there are more than ``limit`` intervals between them.
    """
    boundaries = map(_quarter_of, _STEPS[group_by](start, zone))
    found = list(islice(_around(start, end, boundaries), limit + 2))
    if len(found) > limit + 1:
        raise TooManyIntervals(limit)
    return found


def _around(start: datetime, end: datetime, boundaries: Iterator[datetime]) -> Iterator[datetime]:
    """From the last boundary at or before ``start`` to the first one that is not before ``end``."""
    for boundary, following in pairwise(boundaries):
        if boundary < following and following > start:
            yield boundary
            if following >= end:
                yield following
                return


def _quarter_of(at: datetime) -> datetime:
    """The quarter hour that holds an instant in UTC."""
    if at.minute % 15 == at.second == at.microsecond == 0:
        return at
    return at - timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)


def _quarters(start: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    at = _quarter_of(start.astimezone(UTC))
    while True:
        yield at
        at += QUARTER


def _hours(start: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    at = start.astimezone(UTC)
    full = at - _into_hour(at, zone)
    at = full if _same_offset(full, at, zone) else _clock_change(full, at, zone)
    while True:
        yield at
        full = at + HOUR - _into_hour(at, zone)
        at = full if _same_offset(at, full, zone) else _clock_change(at, full, zone)


def _days(start: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    return _first_instants(start.astimezone(zone).date(), _next_day, zone)


def _months(start: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    return _first_instants(start.astimezone(zone).date().replace(day=1), _next_month, zone)


def _years(start: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    first = start.astimezone(zone).date().replace(month=1, day=1)
    return _first_instants(first, _next_year, zone)


_STEPS: dict[GroupBy, Callable[[datetime, ZoneInfo], Iterator[datetime]]] = {
    GroupBy.QUARTER: _quarters,
    GroupBy.HOUR: _hours,
    GroupBy.DAY: _days,
    GroupBy.MONTH: _months,
    GroupBy.YEAR: _years,
}


def _first_instants(
    first: date, following: Callable[[date], date], zone: ZoneInfo
) -> Iterator[datetime]:
    """The first instants of ``first`` and of the dates after it; of skipped dates none."""
    instants = (_first_instant(day, zone) for day in _dates(first, following))
    return (at for at, next_at in pairwise(instants) if at < next_at)


def _dates(day: date, following: Callable[[date], date]) -> Iterator[date]:
    while True:
        yield day
        day = following(day)


def _first_instant(day: date, zone: ZoneInfo) -> datetime:
    # Of a midnight that occurs twice this is the first, of one that is skipped the clock change.
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _next_day(day: date) -> date:
    return day + timedelta(days=1)


def _next_month(day: date) -> date:
    return (day + timedelta(days=31)).replace(day=1)


def _next_year(day: date) -> date:
    return day.replace(year=day.year + 1)


def _into_hour(at: datetime, zone: ZoneInfo) -> timedelta:
    """How long ago the clock showed a full hour, had it not been changed since."""
    local = at.astimezone(zone)
    return timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)


def _same_offset(one: datetime, other: datetime, zone: ZoneInfo) -> bool:
    return one.astimezone(zone).utcoffset() == other.astimezone(zone).utcoffset()


def _clock_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant of the one change of the clock in ``(before, after]``, to the second."""
    before = before.replace(microsecond=0)
    low, high = 0, -((before - after) // SECOND)
    while high - low > 1:
        middle = (low + high) // 2
        if _same_offset(before, before + middle * SECOND, zone):
            low = middle
        else:
            high = middle
    return before + high * SECOND
