"""How much energy flowed in each interval, from the register at its ends.

Between two neighbouring readings the register is taken to rise evenly (linear interpolation), so
the energy of adjoining intervals is conserved: it sums to the last register less the first. Where
the register fell, nobody knows what flowed: that time counts as not covered, and its energy as
none. Units: UTC microseconds since 1970, kWh.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from monitoring.rules.power import Fell, Sample


class Boundary(NamedTuple):
    """An instant with the last reading at or before it, and the first one after it."""

    at_us: int
    before: Sample | None
    after: Sample | None


class Consumption(NamedTuple):
    """The energy of one interval. ``kwh`` is None where ``covered_us`` is 0.

    ``covered_us`` is how much of the interval lies between two readings of a register that did
    not fall.
    """

    start_us: int
    end_us: int
    kwh: float | None
    covered_us: int


def compute_consumption(boundaries: Sequence[Boundary], falls: Sequence[Fell]) -> list[Consumption]:
    """The consumption between each two neighbouring boundaries, which are in order of time.

    ``falls`` are those that overlap the boundaries' span, in order of time. They are intervals
    between neighbouring readings, so they do not overlap each other.
    """
    corrections = _Falls(falls)
    levels = [corrections.level_kwh(boundary) for boundary in boundaries]
    return [
        _consumption(*ends, level_kwh=end_kwh - start_kwh, falls=corrections)
        for ends, (start_kwh, end_kwh) in zip(pairwise(boundaries), pairwise(levels), strict=True)
    ]


def _consumption(
    start: Boundary, end: Boundary, *, level_kwh: float, falls: "_Falls"
) -> Consumption:
    covered_us = _between_readings_us(start, end) - falls.overlap_us(start.at_us, end.at_us)
    # Two registers interpolated to the same value may differ by the rounding of the last digit.
    kwh = max(level_kwh, 0.0) if covered_us else None
    return Consumption(start.at_us, end.at_us, kwh, covered_us)


def _between_readings_us(start: Boundary, end: Boundary) -> int:
    """How much of the interval lies between the first and the last reading of all."""
    first_us = start.at_us
    if start.before is None:
        first_us = end.at_us if start.after is None else start.after.at_us
    last_us = end.at_us
    if end.after is None:
        last_us = start.at_us if end.before is None else end.before.at_us
    return max(0, min(last_us, end.at_us) - max(first_us, start.at_us))


class _Falls:
    """The falls of a span, and the register as it would stand if it had never fallen."""

    def __init__(self, falls: Sequence[Fell]) -> None:
        self._falls = falls
        self._starts_us = [fall.start.at_us for fall in falls]
        self._ends_us = [fall.end.at_us for fall in falls]
        drops_kwh = (fall.start.energy_kwh - fall.end.energy_kwh for fall in falls)
        self._dropped_kwh = list(accumulate(drops_kwh, initial=0.0))

    def level_kwh(self, boundary: Boundary) -> float:
        """The register at the boundary, plus what it has fallen by until then."""
        return _register_kwh(boundary) + self._dropped_kwh[self._ended(boundary.at_us)]

    def overlap_us(self, start_us: int, end_us: int) -> int:
        """How much of ``[start, end)`` lies in falls."""
        overlapping = self._falls[self._ended(start_us) : bisect_left(self._starts_us, end_us)]
        return sum(
            min(end_us, fall.end.at_us) - max(start_us, fall.start.at_us) for fall in overlapping
        )

    def _ended(self, at_us: int) -> int:
        """How many falls have ended at or before the instant."""
        return bisect_right(self._ends_us, at_us)


def _register_kwh(boundary: Boundary) -> float:
    """The register at an instant; before the first reading that one's, after the last that one's.

    While it falls, it keeps the value that it had before: no energy is known to have flowed.
    """
    at_us, before, after = boundary
    if before is None:
        return after.energy_kwh if after else 0.0
    if after is None or after.energy_kwh < before.energy_kwh:
        return before.energy_kwh
    share = (at_us - before.at_us) / (after.at_us - before.at_us)
    return before.energy_kwh + (after.energy_kwh - before.energy_kwh) * share
