"""Days, weeks, months and years to leaf through. Knows dates only: no clock, no database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta, tzinfo
from enum import StrEnum

from monitoring.history.boundaries import GroupBy

DAY = timedelta(days=1)


class Period(StrEnum):
    """How much is shown at once."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


#: What one bar stands for.
GROUPS: Mapping[Period, GroupBy] = {
    Period.DAY: GroupBy.HOUR,
    Period.WEEK: GroupBy.DAY,
    Period.MONTH: GroupBy.DAY,
    Period.YEAR: GroupBy.MONTH,
}


@dataclass(frozen=True)
class Shown:
    """A period of dates, ``[first, after)``, and its neighbours. Weeks begin on Monday."""

    period: Period
    first: date
    after: date
    today: date

    @property
    def group_by(self) -> GroupBy:
        """What one bar stands for."""
        return GROUPS[self.period]

    @property
    def previous(self) -> date:
        """A date of the period before."""
        return self.first - DAY

    @property
    def before(self) -> "Shown":
        """The period before."""
        return find_period(self.period, self.previous, today=self.today)

    @property
    def next(self) -> date | None:
        """A date of the period after, unless that lies in the future."""
        return self.after if self.after <= self.today else None

    @property
    def is_current(self) -> bool:
        """Whether today lies in it: it is not over."""
        return self.first <= self.today < self.after

    def span(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """From the first instant of the period in the zone to that of the next."""
        return _midnight(self.first, zone), _midnight(self.after, zone)


def find_period(period: Period, day: date, *, today: date) -> Shown:
    """The period in which ``day`` lies; a day in the future counts as today."""
    day = min(max(day, date(MINYEAR + 1, 1, 1)), today, date(MAXYEAR - 1, 1, 1))
    if period is Period.DAY:
        return Shown(period, day, day + DAY, today)
    if period is Period.WEEK:
        first = day - day.weekday() * DAY
        return Shown(period, first, first + 7 * DAY, today)
    if period is Period.MONTH:
        first = day.replace(day=1)
        return Shown(period, first, (first + 31 * DAY).replace(day=1), today)
    first = day.replace(month=1, day=1)
    return Shown(period, first, first.replace(year=first.year + 1), today)


def parse_period(values: Mapping[str, str], *, today: date) -> Shown:
    """What a page's address asks for with ``period`` and ``date``; nonsense is this week."""
    try:
        period = Period(values.get("period", ""))
    except ValueError:
        period = Period.WEEK
    try:
        day = date.fromisoformat(values.get("date", ""))
    except ValueError:
        day = today
    return find_period(period, day, today=today)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)
