"""Where the lines, labels and marks of a power chart stand. Knows no database and no page.

Across, the chart is as wide as its page: marks stand at percentages, and the curves lie in a box
of ``BOX_WIDTH`` units that the browser stretches. Down, everything is in pixels.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nlargest
from typing import NamedTuple, Protocol

from monitoring.pages.power_series import (
    Stretch,
    Window,
    find_ticks,
    get_clock,
    split_at_gaps,
    thin,
)

BOX_WIDTH = 1440
TOP = 14
BASE = 214
HEIGHT = 240
MOST_STRETCHES = 300
MOST_PEAKS = 50
MOST_POWER_TICKS = 5
MOST_TIME_TICKS = 8
#: What may lie between two times below the chart, unless it is days.
TICK_STEPS = [timedelta(minutes=minutes) for minutes in (5, 10, 15, 30, 60, 120, 180, 360, 720)]
DAY = timedelta(days=1)
#: A limit that is further above the data than this is only named: the curve would lie flat.
FAR = 4
#: A dot this near to the edge is moved inwards: on the narrowest phone this is its radius.
EDGE_SHARE = 0.025


class PeakLike(Protocol):
    """What is drawn of a peak."""

    @property
    def started_at(self) -> datetime:
        """When it began."""

    @property
    def ended_at(self) -> datetime:
        """When it ended."""

    @property
    def power_kw(self) -> float:
        """How high it was."""

    @property
    def url(self) -> str | None:
        """Where a click on its dot leads, if anywhere."""


class PowerTick(NamedTuple):
    """A line across, and its label: kW with so many decimals."""

    power_kw: float
    decimals: int
    y: str


class TimeTick(NamedTuple):
    """A label under the chart. A minor one is left out where there is little room."""

    at: datetime
    x: str
    is_minor: bool


class PeakMark(NamedTuple):
    """A band over the time of a peak, and a dot at its highest power.

    ``edge`` is "start" or "end" where the dot would reach past the plot.
    """

    peak: PeakLike
    x: str
    width: str
    middle: str
    y: str
    edge: str


@dataclass(frozen=True)
class PowerChart:
    """All positions, as the attributes of SVG want them."""

    mean_path: str
    highest_path: str
    power_ticks: list[PowerTick]
    time_ticks: list[TimeTick]
    limit_y: str | None
    limit_label_y: str
    peak_marks: list[PeakMark]
    box_width: int = BOX_WIDTH
    top: int = TOP
    base: int = BASE
    plot_height: int = BASE - TOP
    height: int = HEIGHT
    label_y: int = HEIGHT - 6


@dataclass(frozen=True)
class Scale:
    """Turns times and powers into positions."""

    window: Window
    top_kw: float

    def share(self, at: datetime) -> float:
        """How far across, from 0 to 1; what lies outside stands at the edge."""
        start, end, _ = self.window
        return min(max((at - start) / (end - start), 0.0), 1.0)

    def box_x(self, at: datetime) -> str:
        """Across, in the box of the curves."""
        return _number(self.share(at) * BOX_WIDTH)

    def percent(self, at: datetime) -> str:
        """Across, of the whole chart."""
        return f"{_number(self.share(at) * 100)}%"

    def y(self, power_kw: float) -> str:
        """Down, in pixels."""
        return _number(BASE - (BASE - TOP) * power_kw / self.top_kw)


def draw_power_chart(
    stretches: Sequence[Stretch], peaks: Iterable[PeakLike], *, limit_kw: float, window: Window
) -> PowerChart:
    """The chart of a window of time, with the highest of its peaks."""
    stretches = thin(stretches, MOST_STRETCHES)
    peaks = nlargest(MOST_PEAKS, peaks, key=lambda peak: peak.power_kw)
    highest_kw = max((s.highest_kw for s in stretches), default=0.0)
    highest_kw = max([highest_kw, *(peak.power_kw for peak in peaks)])
    is_limit_shown = highest_kw == 0 or limit_kw <= highest_kw * FAR
    ticks_kw, decimals = choose_power_ticks(max(highest_kw, limit_kw * is_limit_shown))
    scale = Scale(window, ticks_kw[-1])
    limit_y = scale.y(limit_kw) if is_limit_shown else None
    runs = split_at_gaps(stretches)
    return PowerChart(
        mean_path="".join(_steps([s.mean_kw for s in run], run, scale) for run in runs),
        highest_path="".join(_area(run, scale) for run in runs),
        power_ticks=[PowerTick(kw, decimals, scale.y(kw)) for kw in ticks_kw],
        time_ticks=_time_ticks(window, scale),
        limit_y=limit_y,
        limit_label_y=_number(max(float(limit_y or TOP) - 5, TOP - 2)),
        peak_marks=[_mark(peak, scale) for peak in peaks],
    )


def choose_power_ticks(highest_kw: float) -> tuple[list[float], int]:
    """Round values from 0 up to or above ``highest_kw``, and how many decimals they need."""
    wanted = max(highest_kw, 0.01) / MOST_POWER_TICKS
    exponent = -9
    while 10.0 ** (exponent + 1) <= wanted:
        exponent += 1
    factor = next(factor for factor in (1, 2, 2.5, 5, 10) if factor * 10.0**exponent >= wanted)
    step = factor * 10.0**exponent
    count = 1
    while count * step < highest_kw * (1 - 1e-9):
        count += 1
    decimals = max(0, -exponent + (factor == 2.5) - (factor == 10))
    return [round(index * step, 9) for index in range(count + 1)], decimals


def _steps(powers_kw: Sequence[float], run: Sequence[Stretch], scale: Scale) -> str:
    """A line that keeps each stretch's power from its start to its end."""
    parts = [f"M{scale.box_x(run[0].started_at)} {scale.y(powers_kw[0])}"]
    for stretch, power_kw in zip(run, powers_kw, strict=True):
        parts.append(f"V{scale.y(power_kw)}H{scale.box_x(stretch.ended_at)}")
    return "".join(parts)


def _area(run: Sequence[Stretch], scale: Scale) -> str:
    steps = _steps([stretch.highest_kw for stretch in run], run, scale)
    return f"{steps}V{BASE}H{scale.box_x(run[0].started_at)}Z"


def _time_ticks(window: Window, scale: Scale) -> list[TimeTick]:
    wanted = (window.end - window.start) / MOST_TIME_TICKS
    every = next((step for step in TICK_STEPS if step >= wanted), DAY)
    times = find_ticks(window, every=every)
    # Weeks: every other day, every third, and so on.
    times = times[:: -(-len(times) // (MOST_TIME_TICKS + 1)) or 1]
    return [
        TimeTick(
            at, scale.percent(at), bool(index % 2 if every == DAY else get_clock(at) % (2 * every))
        )
        for index, at in enumerate(times)
    ]


def _mark(peak: PeakLike, scale: Scale) -> PeakMark:
    width = scale.share(peak.ended_at) - scale.share(peak.started_at)
    middle = scale.share(peak.started_at) + width / 2
    is_at_edge = min(middle, 1 - middle) < EDGE_SHARE
    return PeakMark(
        peak,
        x=scale.percent(peak.started_at),
        width=f"{_number(width * 100)}%",
        middle=f"{_number(100 * middle)}%",
        y=scale.y(peak.power_kw),
        edge=("end" if middle > 0.5 else "start") if is_at_edge else "",
    )


def _number(value: float) -> str:
    """Two decimals at most: a hundredth of a pixel is enough, and the page stays small."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
