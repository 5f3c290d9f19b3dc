"""How much energy flowed in each interval: sums of stored quarter hours and days."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from monitoring.rules.columns import Booleans, Floats, Instants, Keys
from monitoring.rules.intervals import Qualities, Quality


@dataclass(frozen=True, slots=True)
class Consumption:
    """Intervals as columns, one row an interval, in order of time. They adjoin."""

    start_us: Instants  # UTC microseconds since 1970
    end_us: Instants
    kwh: Floats  # NaN where nothing is known
    peak_kw: Floats  # highest mean power between two readings; NaN where unknown
    coverage: Floats  # 0…1, share of the time between readings no further apart than the limit
    quality: Qualities  # monitoring.rules.intervals.Quality

    def __len__(self) -> int:
        return len(self.start_us)


@dataclass(frozen=True, slots=True)
class Parts:
    """Quarter hours or days, each in one of the intervals and of one of the sensors; any order."""

    place: Keys  # the sensor's number times the number of intervals, plus the interval's number
    kwh: Floats  # NaN where nothing is known
    peak_kw: Floats
    covered_s: Keys
    quality: Qualities


def add_up(parts: Parts, boundaries_us: Instants, *, sensors: int) -> list[Consumption]:
    """The consumption of each of so many sensors in the intervals between the boundaries."""
    start_us, end_us = boundaries_us[:-1], boundaries_us[1:]
    shape = (sensors, len(start_us))
    is_known = parts.quality != Quality.MISSING
    kwh = _total(parts.place, np.where(is_known, parts.kwh, 0.0), shape)
    any_known = _total(parts.place, is_known, shape) > 0
    any_estimated = _total(parts.place, parts.quality == Quality.ESTIMATED, shape) > 0
    peak_kw = np.full(shape, np.nan)
    np.fmax.at(peak_kw.reshape(-1), parts.place, parts.peak_kw)
    coverage = _total(parts.place, parts.covered_s, shape) * 1_000_000 / (end_us - start_us)
    columns = (
        np.where(any_known, kwh, np.nan),
        peak_kw,
        coverage,
        _quality(any_known, any_estimated),
    )
    return [Consumption(start_us, end_us, *rows) for rows in zip(*columns, strict=True)]


def _total(place: Keys, values: Floats | Keys | Booleans, shape: tuple[int, int]) -> Floats:
    sums = np.bincount(place, weights=values, minlength=shape[0] * shape[1])
    return sums.astype(np.float64).reshape(shape)


def _quality(any_known: Booleans, any_estimated: Booleans) -> Qualities:
    known = np.where(any_estimated, Quality.ESTIMATED, Quality.MEASURED)
    return np.where(any_known, known, Quality.MISSING).astype(np.int8)


def join_sensors(sensors: Iterable[Consumption], boundaries_us: Instants) -> Consumption:
    """Several sensors as one. There is no peak of a sum: their highest moments may differ.

    What is known of some of them counts; the coverage is the mean of theirs. One sensor after the
    other is taken, so that thousands of them need not be in memory together.
    """
    start_us, end_us = boundaries_us[:-1], boundaries_us[1:]
    count, kwh, coverage = 0, np.zeros(len(start_us)), np.zeros(len(start_us))
    any_known, any_estimated = np.zeros((2, len(start_us)), np.bool_)
    peak_kw = unknown = np.full(len(start_us), np.nan)
    for count, sensor in enumerate(sensors, start=1):
        is_known = sensor.quality != Quality.MISSING
        kwh += np.where(is_known, sensor.kwh, 0.0)
        coverage += sensor.coverage
        any_known |= is_known
        any_estimated |= sensor.quality == Quality.ESTIMATED
        peak_kw = sensor.peak_kw if count == 1 else unknown
    return Consumption(
        start_us,
        end_us,
        np.where(any_known, kwh, np.nan),
        peak_kw,
        coverage / max(count, 1),
        _quality(any_known, any_estimated),
    )
