"""Consumption from the stored quarter hours and days: no reading is looked at, none is counted.

What was measured in the last minute or so may not be in it yet (``monitoring.history.summing``).
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from monitoring.history.boundaries import GroupBy, get_boundaries
from monitoring.history.consumption import Consumption, Parts, add_up, join_sensors
from monitoring.history.stored_days import DAY_US, QUARTERS_A_DAY, get_days_of, get_sums_of
from monitoring.rules.columns import Instants, Keys
from monitoring.rules.instants import to_us
from monitoring.rules.intervals import QUARTER_US

MAX_INTERVALS = 10_000


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


def _get_each(sensor_ids: Sequence[int], boundaries_us: Instants) -> list[Consumption]:
    if not sensor_ids:
        return []
    parts = _get_parts(np.array(sensor_ids), boundaries_us)
    return add_up(parts, boundaries_us, sensors=len(sensor_ids))


def _get_parts(sensor_ids: Keys, boundaries_us: Instants) -> Parts:
    """Of the days that a boundary cuts the quarter hours in the span; of the others their sums."""
    first, end = int(boundaries_us[0] // DAY_US), int(-(-boundaries_us[-1] // DAY_US))
    cut = np.unique(boundaries_us[boundaries_us % DAY_US > 0] // DAY_US)
    found = []
    if len(cut):
        days = get_days_of(sensor_ids, first=first, end=end, only=cut)
        number = days.day[:, None] * QUARTERS_A_DAY + np.arange(QUARTERS_A_DAY)
        sensor_id = np.repeat(days.sensor_id, QUARTERS_A_DAY)
        found.append((sensor_id, number.reshape(-1) * QUARTER_US, days.quarters.reshape(-1)))
    if len(cut) < end - first:
        sums = get_sums_of(sensor_ids, first=first, end=end)
        sums = sums[~np.isin(sums["day"], cut)]
        found.append((sums["sensor_id"], sums["day"].astype(np.int64) * DAY_US, sums))
    return _as_parts(found, sensor_ids, boundaries_us)


def _as_parts(
    found: list[tuple[Keys, Instants, NDArray[np.void]]], sensor_ids: Keys, boundaries_us: Instants
) -> Parts:
    """Stored quarter hours or days: each its sensor, its start, and the record."""
    sensor_id = np.concatenate([sensor_id for sensor_id, _, _ in found])
    start_us = np.concatenate([start_us for _, start_us, _ in found])
    values = {
        name: np.concatenate([record[name].astype(kind) for _, _, record in found])
        for name, kind in _VALUES.items()
    }
    is_in = (start_us >= boundaries_us[0]) & (start_us < boundaries_us[-1])
    interval = np.searchsorted(boundaries_us, start_us[is_in], side="right") - 1
    sensor = np.searchsorted(sensor_ids, sensor_id[is_in])
    place = sensor * (len(boundaries_us) - 1) + interval
    return Parts(place, *(column[is_in] for column in values.values()))


_VALUES: dict[str, type] = {
    "kwh": np.float64,
    "peak_kw": np.float64,
    "covered_s": np.int64,
    "quality": np.int8,
}
