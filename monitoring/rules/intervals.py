"""Quarter hours of UTC from a sensor's register: how much flowed in each, how fast, how sure.

Between two neighbouring registers power is taken as constant, so the register is interpolated
linearly and energy is conserved: quarter hours that adjoin sum to the last register less the first.
Everything is in columns, for any number of sensors at a time. A *series* is a number that the
caller gives to the registers of one sensor. Units: UTC microseconds since 1970, kWh, kW.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from monitoring.rules.columns import Booleans, Floats, Instants, Keys
from monitoring.rules.power import US_PER_HOUR
from monitoring.rules.registers import Rises

QUARTER_US = 900_000_000

Qualities = NDArray[np.int8]


class Quality(IntEnum):
    """How an interval's energy is known."""

    MISSING = 0  # not at all
    ESTIMATED = 1  # some of it interpolated between readings too far apart
    MEASURED = 2  # all that is known of it; ``coverage`` tells how much of the time that is


@dataclass(frozen=True, slots=True)
class Ranges:
    """Which quarter hours of each series to compute: ``[first, end)``, numbered since 1970.

    The series are the positions, from 0 on.
    """

    first_quarter: Keys
    end_quarter: Keys

    def __len__(self) -> int:
        return len(self.first_quarter)


@dataclass(frozen=True, slots=True)
class Quarters:
    """The quarter hours of which something is known, by series and time."""

    series: Keys
    quarter: Keys  # numbered since 1970
    kwh: Floats
    peak_kw: Floats  # the highest mean power of the rises that overlap it
    covered_us: Instants  # how much of it lies in rises that are no longer than the limit
    quality: Qualities

    def __len__(self) -> int:
        return len(self.series)


def sum_quarters(rises: Rises, ranges: Ranges, *, max_gap_us: int) -> Quarters:
    """The quarter hours of ``ranges`` of which the rises know something.

    ``rises`` are in order of series and time. A rise that is longer than ``max_gap_us`` covers
    nothing, and makes what it adds an estimate.
    """
    pieces = _cut(rises, ranges)
    begins = _begins(pieces.series, pieces.quarter)
    is_estimated = pieces.gap_us > max_gap_us
    any_estimated = np.logical_or.reduceat(is_estimated, begins) if len(begins) else is_estimated
    return Quarters(
        pieces.series[begins],
        pieces.quarter[begins],
        _reduce(np.add, pieces.kwh, begins),
        _reduce(np.maximum, pieces.power_kw, begins),
        _reduce(np.add, np.where(is_estimated, 0, pieces.length_us), begins),
        np.where(any_estimated, Quality.ESTIMATED, Quality.MEASURED).astype(np.int8),
    )


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Rises cut at the quarter hours, so that each lies in one; in order of series and time."""

    series: Keys
    quarter: Keys
    length_us: Instants
    gap_us: Instants  # of the whole rise
    kwh: Floats
    power_kw: Floats


def _cut(rises: Rises, ranges: Ranges) -> _Pieces:
    start_us = np.maximum(rises.start_us, ranges.first_quarter[rises.series] * QUARTER_US)
    end_us = np.minimum(rises.end_us, ranges.end_quarter[rises.series] * QUARTER_US)
    is_wanted = (start_us < end_us) & ~np.isnan(rises.kwh)
    rises, start_us, end_us = rises.pick(is_wanted), start_us[is_wanted], end_us[is_wanted]
    first_quarter = start_us // QUARTER_US
    count = (end_us - 1) // QUARTER_US - first_quarter + 1
    row = np.repeat(np.arange(len(count)), count)  # the rise of each piece
    before = np.cumsum(count) - count  # how many pieces the earlier rises have
    quarter = first_quarter[row] + np.arange(len(row)) - before[row]
    piece_end_us = np.minimum(end_us[row], (quarter + 1) * QUARTER_US)
    length_us = piece_end_us - np.maximum(start_us[row], quarter * QUARTER_US)
    gap_us = rises.end_us - rises.start_us
    with np.errstate(over="ignore"):  # an absurd register may give an infinite power
        power_kw = rises.kwh * US_PER_HOUR / gap_us
    return _Pieces(
        rises.series[row],
        quarter,
        length_us,
        gap_us[row],
        rises.kwh[row] * (length_us / gap_us[row]),
        power_kw[row],
    )


def _begins(series: Keys, quarter: Keys) -> Keys:
    """Where another quarter hour begins in the sorted pieces."""
    is_first: Booleans = np.ones(len(series), np.bool_)
    is_first[1:] = (series[1:] != series[:-1]) | (quarter[1:] != quarter[:-1])
    return np.flatnonzero(is_first)


def _reduce(operation: np.ufunc, values: NDArray, begins: Keys) -> NDArray:  # type: ignore[type-arg]
    """The values of each quarter hour as one. (numpy cannot reduce nothing.)"""
    return operation.reduceat(values, begins) if len(begins) else values
