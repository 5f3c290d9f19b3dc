"""How much energy flowed in each interval: sums of stored quarter hours and days."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from monitoring.history.known_spans import KnownSpans
from monitoring.rules.columns import Booleans, Floats, Instants, Keys
from monitoring.rules.intervals import Qualities, Quality
from monitoring.rules.known import KnownTime


@dataclass(frozen=True, slots=True)
class Consumption:
    """Intervals as columns, one row an interval, in order of time. They adjoin."""

    start_us: Instants  # UTC microseconds since 1970
    end_us: Instants
    kwh: Floats  # NaN where nothing is known
    peak_kw: Floats  # highest mean power between two readings; NaN where unknown
    coverage: Floats  # 0…1, share of the time between readings no further apart than the limit
    quality: Qualities  # monitoring.rules.intervals.Quality
    known: Floats  # 0…1, share of the time of which the energy is known, estimated or not
    expected: Floats  # 0…1, share of the time of which it should be

    def __len__(self) -> int:
        return len(self.start_us)

    def get_known_time(self, *, until_us: int) -> KnownTime:
        """How much is known of the time that has passed by an instant."""
        length_us = self.end_us - self.start_us
        passed_us = np.clip(until_us - self.start_us, 0, length_us)
        expected_us = np.minimum(self.expected * length_us, passed_us)
        known_us = float(np.minimum(self.known * length_us, expected_us).sum())
        share = known_us / float(expected_us.sum()) if expected_us.any() else 1.0
        return KnownTime(float(passed_us.sum()) / 1_000_000, share)


@dataclass(frozen=True, slots=True)
class Parts:
    """Quarter hours or days, each in one of the intervals and of one of the sensors; any order."""

    place: Keys  # the sensor's number times the number of intervals, plus the interval's number
    kwh: Floats  # NaN where nothing is known
    peak_kw: Floats
    covered_s: Keys
    quality: Qualities
    known_s: Keys  # of how many seconds the energy is known


def add_up(parts: Parts, boundaries_us: Instants, *, spans: KnownSpans) -> list[Consumption]:
    """The consumption of the sensors of ``spans`` in the intervals between the boundaries."""
    start_us, end_us = boundaries_us[:-1], boundaries_us[1:]
    shape = (len(spans.first_us), len(start_us))
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
        *_shares(_total(parts.place, parts.known_s, shape), boundaries_us, spans),
    )
    return [Consumption(start_us, end_us, *rows) for rows in zip(*columns, strict=True)]


def _shares(known_s: Floats, boundaries_us: Instants, spans: KnownSpans) -> tuple[Floats, Floats]:
    """The shares of the intervals that are known and that are expected to be.

    A part that is estimated counts as known from end to end: the spans cut that off where a
    sensor's readings begin and end.
    """
    first_us, until_us, expected_us = (column[:, np.newaxis] for column in spans)
    start_us, end_us = boundaries_us[:-1], boundaries_us[1:]
    in_span_us = np.minimum(end_us, until_us) - np.maximum(start_us, first_us)
    known_us = np.minimum(known_s * 1_000_000, np.maximum(in_span_us, 0))
    expected_us = np.clip(expected_us - start_us, 0, end_us - start_us)
    return known_us / (end_us - start_us), expected_us / (end_us - start_us)


def _total(place: Keys, values: Floats | Keys | Booleans, shape: tuple[int, int]) -> Floats:
    sums = np.bincount(place, weights=values, minlength=shape[0] * shape[1])
    return sums.astype(np.float64).reshape(shape)


def _quality(any_known: Booleans, any_estimated: Booleans) -> Qualities:
    known = np.where(any_estimated, Quality.ESTIMATED, Quality.MEASURED)
    return np.where(any_known, known, Quality.MISSING).astype(np.int8)


def join_sensors(sensors: Iterable[Consumption], boundaries_us: Instants) -> Consumption:
    """Several sensors as one. There is no peak of a sum: their highest moments may differ.

    What is known of some of them counts; the coverage is the mean of theirs, and the known share
    that of those of which anything is expected. One sensor after the other is taken, so that
    thousands of them need not be in memory together.
    """
    start_us, end_us = boundaries_us[:-1], boundaries_us[1:]
    count, expected_count = 0, 0
    kwh, coverage, known, expected = np.zeros((4, len(start_us)))
    any_known, any_estimated = np.zeros((2, len(start_us)), np.bool_)
    peak_kw = unknown = np.full(len(start_us), np.nan)
    for count, sensor in enumerate(sensors, start=1):
        is_known = sensor.quality != Quality.MISSING
        kwh += np.where(is_known, sensor.kwh, 0.0)
        coverage += sensor.coverage
        known += sensor.known
        expected += sensor.expected
        expected_count += bool(sensor.expected.any())
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
        known / max(expected_count, 1),
        expected / max(expected_count, 1),
    )
