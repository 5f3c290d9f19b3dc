"""The course of power around a peak, and where its lines stand in the drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from monitoring.models import Peak
from monitoring.pages.power_history import LONGEST_INTERVAL, get_power_stretches
from monitoring.pages.power_series import Stretch, Window, find_ticks, split_at_gaps

#: What is shown before and after a peak, if the peak is not longer.
AROUND = timedelta(minutes=30)
LONGEST_AROUND = timedelta(hours=6)
#: The curve has about so many steps, however many readings there are.
STEPS = 240
WIDTH, HEIGHT = 960, 240
TOP, BASE = 12, 228
MOST_TICKS = 6
#: What may lie between two times below the drawing.
TICK_STEPS = [timedelta(minutes=minutes) for minutes in (5, 10, 15, 30, 60, 120, 180, 360, 720)]
DAY = timedelta(days=1)


class TimeTick(NamedTuple):
    """A round time below the drawing, at a percentage of its width."""

    at: datetime
    x: str


@dataclass(frozen=True)
class Course:
    """Power around a peak (kW): the steps, the drawing of them, and the highest it shows."""

    stretches: list[Stretch]
    path: str
    peak_y: str
    limit_y: str
    band_x: str
    band_width: str
    top_kw: float
    ticks: list[TimeTick]


@dataclass(frozen=True)
class _Scale:
    start: datetime
    end: datetime
    top_kw: float

    def x(self, at: datetime) -> float:
        return WIDTH * ((at - self.start) / (self.end - self.start))

    def y(self, power_kw: float) -> float:
        return BASE - (BASE - TOP) * power_kw / self.top_kw


def get_course(peak: Peak, *, zone: tzinfo) -> Course:
    """The power of the peak's sensor from before the peak until after it; times are ``zone``'s.

    Readings that lie further apart than the peak is long leave a gap, for they say nothing of it.
    """
    length = peak.ended_at - peak.started_at
    around = min(max(AROUND, length), LONGEST_AROUND)
    start, end = peak.started_at - around, peak.ended_at + around
    stretches = get_power_stretches(
        sensor_ids=[peak.sensor_id],
        start=start,
        end=end,
        longest_interval=max(LONGEST_INTERVAL, length),
        stretch=max((end - start) / STEPS, timedelta(seconds=1)),
    )[peak.sensor_id]
    highest_kw = max((stretch.highest_kw for stretch in stretches), default=0.0)
    scale = _Scale(start, end, 1.1 * max(highest_kw, peak.power_kw, peak.limit_kw))
    return _draw(peak, stretches, scale, zone)


def _draw(peak: Peak, stretches: Sequence[Stretch], scale: _Scale, zone: tzinfo) -> Course:
    left, right = scale.x(peak.started_at), scale.x(peak.ended_at)
    return Course(
        stretches=list(stretches),
        path="".join(_steps(run, scale) for run in split_at_gaps(stretches)),
        peak_y=_number(scale.y(peak.power_kw)),
        limit_y=_number(scale.y(peak.limit_kw)),
        band_x=_number(left),
        band_width=_number(right - left),
        top_kw=scale.top_kw,
        ticks=_ticks(scale, zone),
    )


def _steps(run: Sequence[Stretch], scale: _Scale) -> str:
    """A line that keeps each stretch's highest power from its start to its end."""
    parts = [f"M{_number(scale.x(run[0].started_at))} {_number(scale.y(run[0].highest_kw))}"]
    for stretch in run:
        parts.append(f"V{_number(scale.y(stretch.highest_kw))}")
        parts.append(f"H{_number(scale.x(stretch.ended_at))}")
    return "".join(parts)


def _ticks(scale: _Scale, zone: tzinfo) -> list[TimeTick]:
    wanted = (scale.end - scale.start) / MOST_TICKS
    every = next((step for step in TICK_STEPS if step >= wanted), DAY)
    times = find_ticks(Window(scale.start, scale.end, zone), every=every)
    # A peak of weeks: every other day, every third, and so on.
    times = times[:: -(-len(times) // (MOST_TICKS + 1)) or 1]
    return [TimeTick(at, f"{_number(100 * scale.x(at) / WIDTH)}%") for at in times]


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
