"""Hours folded onto one week."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from monitoring.pages.week_pattern import fold_into_week
from monitoring.rules.instants import to_us


def hours_from(start: datetime, count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([to_us(start + timedelta(hours=hour)) for hour in range(count)])


def test_hours_of_the_same_place_in_the_week_are_averaged() -> None:
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    kwh = np.arange(2 * 7 * 24, dtype=np.float64)
    means = fold_into_week(hours_from(monday, len(kwh)), kwh, zone=ZoneInfo("UTC"))
    assert means.shape == (7, 24)
    assert means[0][0] == (0 + 168) / 2
    assert means[6][23] == (167 + 335) / 2


def test_unknown_hours_count_for_nothing() -> None:
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    kwh = np.full(8 * 24, np.nan)
    kwh[7 * 24] = 3.0
    means = fold_into_week(hours_from(monday, len(kwh)), kwh, zone=ZoneInfo("UTC"))
    assert means[0][0] == 3.0
    assert np.isnan(means).sum() == 7 * 24 - 1


def test_hours_are_those_of_the_readers_clock() -> None:
    kwh = np.array([5.0])
    at = hours_from(datetime(2026, 3, 1, 23, tzinfo=UTC), 1)
    means = fold_into_week(at, kwh, zone=ZoneInfo("Europe/Bucharest"))
    assert means[0][1] == 5.0  # Monday, one o'clock


def test_nothing_known_is_nothing_said() -> None:
    empty = np.array([], dtype=np.int64)
    assert np.isnan(fold_into_week(empty, empty.astype(float), zone=ZoneInfo("UTC"))).all()
