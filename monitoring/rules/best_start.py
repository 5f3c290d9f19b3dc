"""When to start an appliance so that the household's highest power stays lowest."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from monitoring.rules.columns import Floats, Instants
from monitoring.rules.instants import from_us, to_us

DAY = timedelta(days=1)
_QUARTER_US = 900_000_000
#: Powers are compared to the watt: less is noise, and would keep equal starts from being equal.
_DECIMALS = 3


class Programme(NamedTuple):
    """What an appliance does once it is started: so much energy, evenly, over so long."""

    duration: timedelta
    kwh: float

    @property
    def power_kw(self) -> float:
        """Its mean power."""
        return self.kwh / (self.duration / timedelta(hours=1))


class Wish(NamedTuple):
    """A programme that may begin at one time of the clock and has to have ended by another."""

    programme: Programme
    earliest: time
    latest: time


class Window(NamedTuple):
    """The programme runs in ``[start, end)``."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Steps:
    """The power that is expected without the appliance, in adjoining steps, in columns.

    ``high_kw`` is the upper end of its range. Steps may be hours, quarter hours or both.
    """

    start_us: Instants
    end_us: Instants
    kw: Floats
    high_kw: Floats


@dataclass(frozen=True, slots=True)
class BestStart:
    """A start, and the highest power while the appliance runs, itself included.

    ``high_peak_kw`` is the same with each step at the upper end of its range.
    """

    start: datetime
    end: datetime
    peak_kw: float
    high_peak_kw: float
    limit_kw: float | None

    @property
    def is_under_limit(self) -> bool:
        """Whether the expected power stays at or under the limit, if there is one."""
        return self.limit_kw is None or self.peak_kw <= self.limit_kw

    @property
    def is_surely_under_limit(self) -> bool:
        """Whether even the upper end of the range does."""
        return self.limit_kw is None or self.high_peak_kw <= self.limit_kw


def find_window(wish: Wish, *, now: datetime, zone: ZoneInfo) -> Window | None:
    """The next window from the earliest to the latest time with room for the programme.

    It wraps midnight where ``latest`` is before ``earliest``; the same time twice is any time, and
    the window the next 24 hours. It begins at a quarter hour, now at the earliest. None where the
    window is always too short.
    """
    duration = wish.programme.duration
    if wish.earliest == wish.latest:
        start = _next_quarter(now)
        return Window(start, start + DAY) if duration <= DAY else None
    today = now.astimezone(zone).date()
    for window in _windows(today - timedelta(days=1), wish, zone):
        start = _next_quarter(max(window.start, now))
        if start + duration <= window.end:
            return Window(start, window.end)
    return None


def find_best_start(
    steps: Steps, programme: Programme, window: Window, *, limit_kw: float | None
) -> BestStart | None:
    """The start at a quarter hour with the lowest highest power while the programme runs.

    Of equal ones (to the watt) the earliest. It also is the best start where every start exceeds
    the limit: ask ``is_under_limit``. None if the window has no room, or the steps do not reach
    over it.
    """
    duration_us = programme.duration // timedelta(microseconds=1)
    first_us, last_us = to_us(_next_quarter(window.start)), to_us(window.end) - duration_us
    if last_us < first_us or not _cover(steps, first_us, to_us(window.end)):
        return None
    starts_us = np.arange(first_us, last_us + 1, _QUARTER_US)
    highest_kw = _highest(steps, steps.kw, starts_us, duration_us) + programme.power_kw
    best = int(np.argmin(np.round(highest_kw, _DECIMALS)))
    chosen = starts_us[best : best + 1]
    high_kw = _highest(steps, steps.high_kw, chosen, duration_us)[0] + programme.power_kw
    start = from_us(int(chosen[0]))
    return BestStart(
        start,
        start + programme.duration,
        round(float(highest_kw[best]), _DECIMALS),
        round(float(high_kw), _DECIMALS),
        limit_kw,
    )


def _windows(day: date, wish: Wish, zone: ZoneInfo) -> Iterator[Window]:
    """The windows that begin on a day and on the next three: a clock change may shorten one."""
    length = timedelta(days=1 if wish.latest < wish.earliest else 0)
    for begin in (day + timedelta(days=number) for number in range(4)):
        yield Window(
            _instant(begin, wish.earliest, zone), _instant(begin + length, wish.latest, zone)
        )


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def _next_quarter(at: datetime) -> datetime:
    return from_us(-(-to_us(at) // _QUARTER_US) * _QUARTER_US)


def _cover(steps: Steps, start_us: int, end_us: int) -> bool:
    return bool(len(steps.start_us)) and bool(
        steps.start_us[0] <= start_us and steps.end_us[-1] >= end_us
    )


def _highest(steps: Steps, kw: Floats, starts_us: Instants, duration_us: int) -> Floats:
    """The highest of the steps that each span of ``duration_us`` touches."""
    first = np.searchsorted(steps.end_us, starts_us, side="right")
    last = np.searchsorted(steps.start_us, starts_us + duration_us, side="left")
    return np.array([kw[i:j].max() for i, j in zip(first, last, strict=True)])
