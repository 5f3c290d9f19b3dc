"""A sensor's mean power over time, ready to be drawn and tabulated. Knows no database, no page."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import groupby
from typing import NamedTuple

HOUR_S = 3600
QUARTER = timedelta(minutes=15)
FIVE_MINUTES = timedelta(minutes=5)
NO_TIME = timedelta()
Y2K = datetime(2000, 1, 1, tzinfo=UTC)


class Stretch(NamedTuple):
    """Adjoining intervals between readings as one: their mean power and the highest of them (kW).

    Half-open: ``[started_at, ended_at)``. Between two stretches that do not adjoin is a gap.
    """

    started_at: datetime
    ended_at: datetime
    mean_kw: float
    highest_kw: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.ended_at - self.started_at).total_seconds()

    @property
    def energy_kwh(self) -> float:
        """What was consumed in it."""
        return self.mean_kw * self.seconds / HOUR_S


class Window(NamedTuple):
    """The span that is shown, ``[start, end)``, and the zone of its reader's clock."""

    start: datetime
    end: datetime
    zone: tzinfo


class Hour(NamedTuple):
    """A row of the table: an hour of the reader's clock, mean and highest power (kW)."""

    started_at: datetime
    mean_kw: float
    highest_kw: float


class Summary(NamedTuple):
    """A series in one line: mean power, the highest and when (kW), the energy (kWh), its time."""

    mean_kw: float
    highest_kw: float
    highest_at: datetime
    energy_kwh: float
    known_s: float  # the time that it is of


def split_at_gaps(stretches: Iterable[Stretch]) -> list[list[Stretch]]:
    """Divides stretches in order of time into runs within which each adjoins the next."""
    runs: list[list[Stretch]] = []
    for stretch in stretches:
        if runs and runs[-1][-1].ended_at == stretch.started_at:
            runs[-1].append(stretch)
        else:
            runs.append([stretch])
    return runs


def thin(stretches: Sequence[Stretch], most: int) -> list[Stretch]:
    """At most ``most`` stretches in order of time, by joining neighbours; the highest power stays.

    Gaps shorter than the joined stretches disappear: at that width nobody could see them.
    """
    if len(stretches) <= most:
        return list(stretches)
    start = stretches[0].started_at
    width = (stretches[-1].ended_at - start) / most
    groups = groupby(stretches, key=lambda stretch: (stretch.started_at - start) // width)
    return [_join(list(group)) for _, group in groups]


def _join(group: Sequence[Stretch]) -> Stretch:
    return Stretch(
        group[0].started_at, group[-1].ended_at, _mean_kw(group), _highest(group).highest_kw
    )


def _mean_kw(group: Sequence[Stretch]) -> float:
    """Over the time that the stretches cover; gaps count for nothing."""
    seconds = sum(stretch.seconds for stretch in group)
    return sum(stretch.mean_kw * stretch.seconds for stretch in group) / seconds


def _highest(group: Iterable[Stretch]) -> Stretch:
    return max(group, key=lambda stretch: stretch.highest_kw)


def summarize(stretches: Sequence[Stretch]) -> Summary | None:
    """None without stretches. ``highest_at`` is when the highest stretch began."""
    if not stretches:
        return None
    highest = _highest(stretches)
    energy_kwh = sum(stretch.energy_kwh for stretch in stretches)
    known_s = sum(stretch.seconds for stretch in stretches)
    return Summary(_mean_kw(stretches), highest.highest_kw, highest.started_at, energy_kwh, known_s)


def tabulate_hours(stretches: Iterable[Stretch], zone: tzinfo) -> list[Hour]:
    """One row an hour of ``zone`` in which a stretch begins; an hour without readings has none.

    The hour that a change of the clock repeats has two rows.
    """
    groups = groupby(stretches, key=lambda stretch: _hour_of(stretch.started_at, zone))
    return [_as_hour(hour_at.astimezone(zone), list(group)) for hour_at, group in groups]


def tabulate_means(stretches: Iterable[Stretch], width: timedelta) -> dict[datetime, float]:
    """The mean power (kW) of what begins in the same ``width`` of UTC, by its start."""
    groups = groupby(
        stretches, key=lambda stretch: stretch.started_at - (stretch.started_at - Y2K) % width
    )
    return {started_at: _mean_kw(list(group)) for started_at, group in groups}


def _as_hour(started_at: datetime, group: Sequence[Stretch]) -> Hour:
    return Hour(started_at, _mean_kw(group), _highest(group).highest_kw)


def _hour_of(at: datetime, zone: tzinfo) -> datetime:
    """The start of the local hour, in UTC: only there are the two repeated hours different."""
    return at.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)


def find_ticks(window: Window, *, every: timedelta) -> list[datetime]:
    """The times in the window at which its clock shows a multiple of ``every``.

    That divides a day, and is a multiple of five minutes. Zones differ from UTC by whole quarters
    of an hour; a repeated hour is marked once.
    """
    start, end, zone = window
    stride = QUARTER if every % QUARTER == NO_TIME else FIVE_MINUTES
    first = start - (start - Y2K) % stride
    steps = ((first + stride * i).astimezone(zone) for i in range((end - first) // stride + 1))
    return [at for at in steps if start <= at < end and not get_clock(at) % every and not at.fold]


def get_clock(at: datetime) -> timedelta:
    """What a clock shows at ``at``, since midnight."""
    return timedelta(hours=at.hour, minutes=at.minute)
