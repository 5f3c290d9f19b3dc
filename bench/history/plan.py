"""What is stored and what is asked for: ten years of quarter hours, four spans of them. Pure."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from bench.history.household import times_us
from monitoring.history.boundaries import GroupBy
from monitoring.partitions.months import Month
from monitoring.rules.instants import from_us, to_us

#: Where the clients live: no day of theirs is one of UTC.
ZONE = ZoneInfo("Europe/Bucharest")
#: Ten years, and a month more, so that the first month of ten years in ``ZONE`` is whole.
MONTHS = 121
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """A span of the client's time, and how long its intervals are."""

    start: datetime
    end: datetime
    group_by: GroupBy
    intervals: int

    @property
    def parameters(self) -> str:
        """As the API takes it."""
        start, end = self.start.isoformat(), self.end.isoformat()
        return urlencode({"start": start, "end": end, "group_by": self.group_by.value})


def get_windows(now: datetime) -> dict[str, Window]:
    """The spans that are asked for, all of them over: the last year, some of it, ten years."""
    this = now.astimezone(ZONE)
    year = this.year - 1
    return {
        "day": Window(_at(year, 7, 15), _at(year, 7, 16), GroupBy.QUARTER, 96),
        "month": Window(_at(year, 7), _at(year, 8), GroupBy.DAY, 31),
        "year": Window(_at(year), _at(year + 1), GroupBy.DAY, _days(year)),
        "decade": Window(
            _at(this.year - 10, this.month), _at(this.year, this.month), GroupBy.MONTH, 120
        ),
    }


def _at(year: int, month: int = 1, day: int = 1) -> datetime:
    return datetime(year, month, day, tzinfo=ZONE)


def _days(year: int) -> int:
    return (datetime(year + 1, 1, 1, tzinfo=UTC) - datetime(year, 1, 1, tzinfo=UTC)).days


@dataclass(frozen=True)
class FleetPlan(ABC):
    """So many readings of a fleet, up to ``end_us``: which sensors send them, and from when on."""

    readings: int
    end_us: int

    @property
    @abstractmethod
    def label(self) -> str:
        """What the plan is called."""

    @property
    @abstractmethod
    def months(self) -> list[Month]:
        """Those in which there are readings."""

    @property
    @abstractmethod
    def sensors(self) -> int:
        """The number of sensors."""

    @property
    @abstractmethod
    def asked(self) -> tuple[int, int]:
        """Two sensors, one of each kind: those whose quarter hours the platform sums."""

    @property
    @abstractmethod
    def repeated(self) -> int:
        """A sensor whose quarter hours are a copy of theirs."""

    @abstractmethod
    def kind(self, sensor: int) -> int:
        """The kind of household of a sensor."""

    @abstractmethod
    def begins_us(self, sensor: int) -> int:
        """When a sensor began to send; on a quarter hour."""

    def count(self, sensor: int) -> int:
        """How many readings a sensor has sent."""
        return len(times_us(self.kind(sensor), self.begins_us(sensor), self.end_us))

    def spans(self) -> Iterator[tuple[Month, int, int]]:
        """Each month and the part of it until the end: UTC microseconds."""
        for month in self.months:
            yield month, to_us(month.start), min(to_us(month.end), self.end_us)


@dataclass(frozen=True)
class Plan(FleetPlan):
    """The fleet of ten years.

    Every sensor has sent from the first month on; only the sensor ``LATER`` began later, on the
    day with which the number of readings becomes the right one (to a day's). An owner has two
    sensors; the one who asks is the first.
    """

    LATER = 1  # the second owner's

    @property
    def label(self) -> str:
        """In keys of the results: 1m, 10m."""
        return f"{self.readings // 1_000_000}m"

    @property
    def months(self) -> list[Month]:
        """Those in which there are readings."""
        this = Month.of(from_us(self.end_us))
        return [this.plus(number) for number in range(-MONTHS, 1)]

    @property
    def sensors(self) -> int:
        """The number of sensors, of which each has all readings or, one of them, a part."""
        return max(3, -(-self.readings // self._readings_of_all()))

    @property
    def owners(self) -> int:
        """The number of their owners."""
        return -(-self.sensors // 2)

    @property
    def asked(self) -> tuple[int, int]:
        """The sensors of the first owner: one of each kind."""
        return 0, self.owners

    @property
    def repeated(self) -> int:
        """A sensor that is not asked for, with all readings if there is such a one."""
        return max(set(range(self.sensors)) - {*self.asked, self.LATER}, default=self.LATER)

    def kind(self, sensor: int) -> int:
        """The kind of household of a sensor."""
        return int(sensor >= self.owners)

    def begins_us(self, sensor: int) -> int:
        """The beginning of the day on which a sensor sent its first reading."""
        start = self.months[0].start
        if sensor == self.LATER:
            missing = self.sensors * self._readings_of_all() - self.readings
            start += max(0, missing // 96) * DAY
        return to_us(start)

    def _readings_of_all(self) -> int:
        return len(times_us(0, to_us(self.months[0].start), self.end_us))
