"""When the demo's meters were over their limits: a few times in a year, each for a reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum, auto
from zoneinfo import ZoneInfo

from sensor_sim.surges import Surge


class Seen(Enum):
    """What the client has done with the alert."""

    NOT_YET = auto()
    READ = auto()
    ACKNOWLEDGED = auto()


@dataclass(frozen=True, kw_only=True)
class Event:
    """More ran at once than the meter's limit allows: ``reason`` is for who reads this code.

    ``at`` is the client's clock, on a whole quarter hour; ``minutes`` are whole quarter hours too,
    so that each reading of the past is wholly of the event or not at all. ``over_limit`` is what
    the event adds to the normal load, as a multiple of the meter's limit.
    """

    reason: str
    at: time
    minutes: int
    seen: Seen = Seen.READ
    over_limit: float = 1.02

    def list_days(self, first: date, last: date) -> Iterator[date]:
        """The days of the event from ``first`` to ``last``."""
        raise NotImplementedError

    def list_surges(
        self, *, start: datetime, end: datetime, zone: ZoneInfo, limit_kw: float
    ) -> Iterator[Surge]:
        """The event's extra load wherever it is over in ``[start, end)``."""
        duration = timedelta(minutes=self.minutes)
        for day in self.list_days(start.astimezone(zone).date(), end.astimezone(zone).date()):
            starts_at = datetime.combine(day, self.at, zone)
            if start <= starts_at and starts_at + duration < end:
                yield Surge(starts_at, starts_at + duration, limit_kw * self.over_limit)


@dataclass(frozen=True, kw_only=True)
class EveryYear(Event):
    """On the first ``weekday`` (Monday is 0) from a day of the year on; without it on that day."""

    month: int
    day: int
    weekday: int | None = None

    def list_days(self, first: date, last: date) -> Iterator[date]:
        for year in range(first.year - 1, last.year + 1):
            day = date(year, self.month, self.day)
            if self.weekday is not None:
                day += timedelta(days=(self.weekday - day.weekday()) % 7)
            if first <= day <= last:
                yield day


@dataclass(frozen=True, kw_only=True)
class DaysAgo(Event):
    """So many days before the demo is started."""

    days: int

    def list_days(self, first: date, last: date) -> Iterator[date]:
        day = last - timedelta(days=self.days)
        if day >= first:
            yield day
