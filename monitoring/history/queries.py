"""Consumption from the stored quarter hours and days: no reading is looked at, none is counted.

What was measured in the last minute or so may not be in it yet (``monitoring.history.summing``).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from monitoring.history.boundaries import GroupBy, get_boundaries
from monitoring.history.consumption import Consumption, Parts, add_up, join_sensors
from monitoring.history.known_spans import get_known_spans
from monitoring.history.stored_days import DAY_US, QUARTERS_A_DAY, Days, get_days_of, get_sums_of
from monitoring.rules.columns import Floats, Instants, Keys
from monitoring.rules.instants import to_us
from monitoring.rules.intervals import QUARTER_US, Qualities, Quality

MAX_INTERVALS = 10_000
#: Sensors times intervals; each takes some hundred bytes while it is summed.
MOST_AT_ONCE = 500_000


def get_consumption(
    sensor_ids: Sequence[int], *, start: datetime, end: datetime, group_by: GroupBy, zone: ZoneInfo
) -> Consumption:
    """Sum of the sensors over the whole intervals that hold ``[start, end)``.

    Of more than one sensor there is no ``peak_kw``: their highest moments may differ. Raises
    ``TooManyIntervals`` if there are more than ``MAX_INTERVALS``.
    """
    boundaries_us = _get_boundaries_us(start, end, group_by, zone)
    return join_sensors(_get_each(sorted(set(sensor_ids)), boundaries_us), boundaries_us)


def get_consumption_by_sensor(
    sensor_ids: Sequence[int], *, start: datetime, end: datetime, group_by: GroupBy, zone: ZoneInfo
) -> dict[int, Consumption]:
    """The consumption of each sensor over the whole intervals that hold ``[start, end)``.

    Raises ``TooManyIntervals`` if these are more than ``MAX_INTERVALS``.
    """
    known = sorted(set(sensor_ids))
    boundaries_us = _get_boundaries_us(start, end, group_by, zone)
    return dict(zip(known, _get_each(known, boundaries_us), strict=True))


def _get_boundaries_us(
    start: datetime, end: datetime, group_by: GroupBy, zone: ZoneInfo
) -> Instants:
    found = get_boundaries(start, end, group_by=group_by, zone=zone, limit=MAX_INTERVALS)
    return np.fromiter(map(to_us, found), np.int64)


def _get_each(sensor_ids: Sequence[int], boundaries_us: Instants) -> Iterator[Consumption]:
    """Of each sensor; so many are read at a time that memory is bounded, whatever is asked for."""
    together = max(1, MOST_AT_ONCE // len(boundaries_us))
    for first in range(0, len(sensor_ids), together):
        some = np.array(sensor_ids[first : first + together])
        spans = get_known_spans(some)  # before the parts, so that none of them tells of less
        yield from add_up(_get_parts(some, boundaries_us), boundaries_us, spans=spans)


def _get_parts(sensor_ids: Keys, boundaries_us: Instants) -> Parts:
    """Of the days that a boundary cuts the quarter hours in the span; of the others their sums."""
    first, end = int(boundaries_us[0] // DAY_US), int(-(-boundaries_us[-1] // DAY_US))
    cut = np.unique(boundaries_us[boundaries_us % DAY_US > 0] // DAY_US)
    found = []
    if len(cut):
        days = get_days_of(sensor_ids, first=first, end=end, only=cut)
        found.append(_take_together(days, _common_quarters(boundaries_us)))
    if len(cut) < end - first:
        sums = get_sums_of(sensor_ids, first=first, end=end)
        found.append(_as_stored(sums[~np.isin(sums["day"], cut)]))
    columns = map(np.concatenate, zip(*found, strict=True))
    return _as_parts(_Stored(*columns), sensor_ids, boundaries_us)


class _Stored(NamedTuple):
    """Stored days, or parts of days, as columns."""

    sensor_id: Keys
    start_us: Instants
    kwh: Floats
    peak_kw: Floats
    covered_s: Keys
    quality: Qualities
    known_s: Keys


def _common_quarters(boundaries_us: Instants) -> int:
    """Into how long parts a day can be cut so that no boundary is within one, in quarter hours.

    Four in most zones: a quarter of the rows to look after.
    """
    return int(np.gcd.reduce(np.append(boundaries_us // QUARTER_US, QUARTERS_A_DAY)))


def _take_together(days: Days, quarters: int) -> _Stored:
    """The days in parts of so many quarter hours."""
    parts = QUARTERS_A_DAY // quarters
    shape = (len(days), parts)
    kwh, peak_kw = np.zeros(shape), np.full(shape, np.nan)
    covered_s, known_s = np.zeros((2, *shape), np.int64)
    quality = np.zeros(shape, np.int8)
    is_estimated = np.zeros(shape, np.bool_)
    # The first quarter hour of each part, then the second: long columns, where numpy is fast.
    for number in range(quarters):
        each = days.quarters[:, number::quarters]
        kwh += np.where(each["quality"] == Quality.MISSING, 0.0, each["kwh"])
        np.fmax(peak_kw, each["peak_kw"], out=peak_kw)
        covered_s += each["covered_s"]
        known_s += _known_s(each, QUARTER_US)
        np.maximum(quality, each["quality"], out=quality)
        is_estimated |= each["quality"] == Quality.ESTIMATED
    quality[is_estimated] = Quality.ESTIMATED
    first = days.day[:, None] * parts + np.arange(parts)
    start_us = first * (quarters * QUARTER_US)
    return _Stored(
        np.repeat(days.sensor_id, parts),
        start_us.reshape(-1),
        kwh.reshape(-1),
        peak_kw.reshape(-1),
        covered_s.reshape(-1),
        quality.reshape(-1),
        known_s.reshape(-1),
    )


def _known_s(stored: NDArray[np.void], length_us: int) -> NDArray[np.int64]:
    """Of how many seconds the energy of these records is known; each is of this length.

    At least of one, if any is: what is covered was rounded. How much of an estimated record is
    missing is not stored, so that it counts as a whole.
    """
    covered_s = np.maximum(stored["covered_s"].astype(np.int64), 1)
    known_s = np.where(stored["quality"] == Quality.ESTIMATED, length_us // 1_000_000, covered_s)
    return np.where(stored["quality"] == Quality.MISSING, 0, known_s)


def _as_stored(sums: NDArray[np.void]) -> _Stored:
    """The sums of whole days."""
    return _Stored(
        sums["sensor_id"].astype(np.int64),
        sums["day"].astype(np.int64) * DAY_US,
        sums["kwh"].astype(np.float64),
        sums["peak_kw"].astype(np.float64),
        sums["covered_s"].astype(np.int64),
        sums["quality"].astype(np.int8),
        _known_s(sums, DAY_US),
    )


def _as_parts(stored: _Stored, sensor_ids: Keys, boundaries_us: Instants) -> Parts:
    is_in = (stored.start_us >= boundaries_us[0]) & (stored.start_us < boundaries_us[-1])
    sensor_id, start_us, *values = (column[is_in] for column in stored)
    interval = np.searchsorted(boundaries_us, start_us, side="right") - 1
    sensor = np.searchsorted(sensor_ids, sensor_id)
    return Parts(sensor * (len(boundaries_us) - 1) + interval, *values)
