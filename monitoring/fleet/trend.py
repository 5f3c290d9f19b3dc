"""The last day as two small curves: readings a minute, and live meters."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean

from monitoring.fleet.rate import get_counts, list_rates

SPAN = timedelta(days=1)
STEP = timedelta(minutes=10)
STEPS = SPAN // STEP
#: The drawing's height; its width is ``STEPS``, and the page stretches both.
HEIGHT = 100


@dataclass(frozen=True)
class Curve:
    """Means of ten minutes, oldest first; None where nobody counted."""

    values: Sequence[float | None]

    @property
    def known(self) -> list[float]:
        """The values that there are."""
        return [value for value in self.values if value is not None]

    @property
    def highest(self) -> float:
        """0 where nothing is known."""
        return max(self.known, default=0.0)

    @property
    def lowest(self) -> float:
        """0 where nothing is known."""
        return min(self.known, default=0.0)

    @property
    def line(self) -> str:
        """The path of an SVG: a stroke for each run of known values, over a step at least."""
        return " ".join(
            f"M{start} {self._height(run[0])} " + self._steps(run) for start, run in self._runs()
        )

    @property
    def area(self) -> str:
        """What lies below the line."""
        return " ".join(
            f"M{start} {HEIGHT} {self._steps(run)} V{HEIGHT} z" for start, run in self._runs()
        )

    def _steps(self, run: Sequence[float]) -> str:
        return " ".join(f"V{self._height(value)} h1" for value in run)

    def _height(self, value: float) -> float:
        return round(HEIGHT * (1 - value / self.highest), 1) if self.highest else HEIGHT

    def _runs(self) -> list[tuple[int, list[float]]]:
        runs: list[tuple[int, list[float]]] = []
        is_open = False
        for position, value in enumerate(self.values):
            if value is None:
                is_open = False
            elif is_open:
                runs[-1][1].append(value)
            else:
                runs.append((position, [value]))
                is_open = True
        return runs


@dataclass(frozen=True)
class Trend:
    """The day until now."""

    rate: Curve
    live: Curve


def get_trend(*, now: datetime) -> Trend:
    """The day as the schedule counted it, in one query of at most a few thousand short rows."""
    counts = get_counts(since=now - SPAN)
    rates = [(rate.counted_at, rate.readings_a_minute) for rate in list_rates(counts)]
    live = [(count.counted_at, count.live) for count in counts if count.live is not None]
    return Trend(_make_curve(rates, now), _make_curve(live, now))


def _make_curve(samples: Iterable[tuple[datetime, float]], now: datetime) -> Curve:
    start = now - SPAN
    by_step: defaultdict[int, list[float]] = defaultdict(list)
    for at, value in samples:
        by_step[min((at - start) // STEP, STEPS - 1)].append(value)
    return Curve([fmean(by_step[step]) if step in by_step else None for step in range(STEPS)])
