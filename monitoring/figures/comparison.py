"""A client's consumption at a glance: against before, base load, and where the month is going."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from monitoring.figures.loads import get_hours, get_loads, just_after, midnight
from monitoring.rules.comparison import (
    Compared,
    Projection,
    compare_months,
    compare_today,
    compute_base_load_kw,
    project_month,
)
from monitoring.rules.hours import Load, extend
from monitoring.rules.instants import from_us
from monitoring.rules.known import KnownTime

#: The average week behind a projection: eight weeks, or since last month began if that is longer.
PROFILE_SPAN = timedelta(weeks=8)


@dataclass(frozen=True)
class Comparison:
    """Figures as of ``at``; None where too little is known to tell.

    All of them come from one read, so that a page on which several stand does not contradict
    itself: today is never more than the month.
    """

    at: datetime
    sensor_ids: list[int]
    #: Today's hours so far, a row a sensor in the order of ``sensor_ids``.
    today_load: Load
    today: Compared | None
    on_last_month: Compared | None
    on_last_year: Compared | None
    base_load_kw: float | None
    month: Projection | None
    #: Of this month so far.
    month_known: KnownTime

    @property
    def base_load_year_kwh(self) -> float | None:
        """What the base load comes to in a year of 365 days."""
        return None if self.base_load_kw is None else self.base_load_kw * 365 * 24

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        figures = (self.today, self.on_last_month, self.base_load_kw, self.month)
        return all(figure is None for figure in figures)


def get_comparison(*, sensor_ids: Sequence[int], now: datetime, zone: ZoneInfo) -> Comparison:
    """The figures of the sensors together, as of ``now`` on the clock of ``zone``.

    Two reads, whatever the number of sensors: nine weeks at most, and this month a year ago.
    """
    today = now.astimezone(zone).date()
    first = today.replace(day=1)
    last_month = (first - timedelta(days=1)).replace(day=1)
    start = min(last_month, today - PROFILE_SPAN)
    loads = get_loads(
        sensor_ids=sensor_ids, start=midnight(start, zone), end=just_after(now), zone=zone
    )
    known = loads.known
    month = known[known.hours.day >= first.toordinal()]
    day = known.hours.day
    before = known[(day >= last_month.toordinal()) & (day < first.toordinal())]
    return Comparison(
        at=now,
        sensor_ids=loads.sensor_ids,
        today_load=known[day == today.toordinal()],
        today=compare_today(known, today=today.toordinal()),
        on_last_month=compare_months(month, before),
        on_last_year=compare_months(month, _get_year_before(sensor_ids, today, zone)),
        base_load_kw=compute_base_load_kw(loads.measured, today=today.toordinal()),
        month=project_month(known, whole_month(month, first, zone)),
        month_known=month.known_time,
    )


def _get_year_before(sensor_ids: Sequence[int], today: date, zone: ZoneInfo) -> Load:
    """This month a year ago, as far as its counterpart has come."""
    start = today.replace(day=1, year=today.year - 1)
    end = start + timedelta(days=today.day)
    loads = get_loads(
        sensor_ids=sensor_ids, start=midnight(start, zone), end=midnight(end, zone), zone=zone
    )
    hours = loads.known.hours
    return loads.known[hours.day < _next_month(start).toordinal()]


def whole_month(month: Load, first: date, zone: ZoneInfo) -> Load:
    """A month so far, with its hours to come, unknown."""
    passed_until = from_us(int(month.hours.end_us[-1]))
    end = midnight(_next_month(first), zone)
    if passed_until >= end:
        return month
    return extend(month, get_hours(start=passed_until, end=end, zone=zone))


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
