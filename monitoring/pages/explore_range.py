"""Ranges of time to zoom and pan, and how fine each is shown. No clock, no database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from urllib.parse import urlencode

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
LAST_DAY = timedelta(hours=24)

#: A line has at most this many steps, the margins included; a chart of two lines twice as many.
MOST_STEPS = 1000
#: The chart knows this share of the range beyond each of its ends, so that a pan shows no hole.
MARGIN = 1 / 8
#: Stored days that an answer may read, of all sensors together, and the longest range.
MOST_STORED_DAYS = 200_000
LONGEST = timedelta(days=3653)
LONGEST_OF_MANY = timedelta(days=31)


class Step(StrEnum):
    """What one step of a line stands for."""

    READING = "reading"
    QUARTER = "quarter"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


#: The finest of these is taken that ``MOST_STEPS`` allow.
_LENGTHS: Mapping[Step, timedelta] = {
    Step.QUARTER: timedelta(minutes=15),
    Step.HOUR: timedelta(hours=1),
    Step.DAY: DAY,
}
#: Readings are looked at up to the longest day of the clock: after that their number counts.
_LONGEST_OF_READINGS = timedelta(hours=25)


@dataclass(frozen=True)
class Bounds:
    """How short and how long a range may be."""

    shortest: timedelta
    longest: timedelta


@dataclass(frozen=True)
class Range:
    """``[start, end)`` in UTC, on whole minutes, within the bounds."""

    start: datetime
    end: datetime
    bounds: Bounds

    @property
    def span(self) -> timedelta:
        """Its length."""
        return self.end - self.start

    @property
    def query(self) -> str:
        """What its address says: the same for readers in all time zones."""
        return make_query(self.start, self.end)

    @property
    def earlier(self) -> "Range":
        """Half of its length before."""
        return self._make(self.start - self.span / 2, self.end - self.span / 2)

    @property
    def later(self) -> "Range":
        """Half of its length after."""
        return self._make(self.start + self.span / 2, self.end + self.span / 2)

    @property
    def closer(self) -> "Range":
        """The half in its middle."""
        return self._make(self.start + self.span / 4, self.end - self.span / 4)

    @property
    def wider(self) -> "Range":
        """Twice as long, with the same middle."""
        return self._make(self.start - self.span / 2, self.end + self.span / 2)

    @property
    def with_margins(self) -> tuple[datetime, datetime]:
        """What a chart of it knows."""
        margin = self.span * MARGIN
        return self.start - margin, self.end + margin

    def choose_step(self, *, has_readings: bool) -> Step:
        """The finest step that keeps a line within ``MOST_STEPS``.

        ``has_readings``: whether readings can be shown, which is so of one sensor.
        """
        if has_readings and self.span <= _LONGEST_OF_READINGS:
            return Step.READING
        start, end = self.with_margins
        steps = (step for step, length in _LENGTHS.items() if end - start <= MOST_STEPS * length)
        return next(steps, Step.MONTH)

    def _make(self, start: datetime, end: datetime) -> "Range":
        return make_range(start, end, self.bounds)


def get_bounds(*, sensors: int) -> Bounds:
    """Of one sensor minutes can be shown; the more there are, the less time may be asked for."""
    longest = min(LONGEST, MOST_STORED_DAYS // max(sensors, 1) * DAY)
    shortest = 5 * MINUTE if sensors == 1 else 120 * MINUTE
    return Bounds(shortest, max(longest, LONGEST_OF_MANY))


def make_range(start: datetime, end: datetime, bounds: Bounds) -> Range:
    """The range around the same middle, made to fit the bounds."""
    span = min(max(end - start, bounds.shortest), bounds.longest)
    start = start + (end - start - span) / 2
    start = min(max(start, EARLIEST), LATEST - span)
    start = _to_minute(start)
    return Range(start, start + max(_whole_minutes(span), bounds.shortest), bounds)


def make_query(start: datetime, end: datetime) -> str:
    """The query of a page's address that shows the span."""
    return urlencode({"start": _in_utc(start), "end": _in_utc(end)}, safe=":")


def get_last(span: timedelta, *, now: datetime, bounds: Bounds) -> Range:
    """The range that ends with the current minute."""
    end = _to_minute(now) + MINUTE
    return make_range(end - span, end, bounds)


def parse_range(values: Mapping[str, str], *, now: datetime, zone: tzinfo, bounds: Bounds) -> Range:
    """What an address asks for with ``start`` and ``end``; nonsense is the last 24 hours.

    A time without an offset is one of ``zone``'s clock: that is what a form's field holds.
    """
    start, end = (_parse_instant(values.get(name, ""), zone) for name in ("start", "end"))
    if start is None or end is None or end <= start:
        return get_last(LAST_DAY, now=now, bounds=bounds)
    return make_range(start, end, bounds)


def _parse_instant(text: str, zone: tzinfo) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
        at = (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return min(max(at, EARLIEST), LATEST)


def _in_utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M}Z"


def _to_minute(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(second=0, microsecond=0)


def _whole_minutes(span: timedelta) -> timedelta:
    return span // MINUTE * MINUTE
