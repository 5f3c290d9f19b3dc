"""Periods laid over each other: like with like, across clock changes and months of any length."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from monitoring.rules.cycles import Cycle, compare_cycles, lay_over
from monitoring.rules.hours import Load, make_hours, make_load
from monitoring.rules.instants import to_us

BUCHAREST = ZoneInfo("Europe/Bucharest")
NAN = float("nan")


def make(
    first: date, after: date, kwh: float, *, hours: int = 1, known: slice = slice(None)
) -> Load:
    """One sensor of constant use an interval, of which only ``known`` is."""
    start, end = (
        datetime(day.year, day.month, day.day, tzinfo=BUCHAREST).astimezone(UTC)
        for day in (first, after)
    )
    if hours == 24:
        count = (after - first).days
        days = [first + timedelta(days=number) for number in range(count + 1)]
        ends = [datetime(day.year, day.month, day.day, tzinfo=BUCHAREST) for day in days]
    else:
        count = (end - start) // timedelta(hours=1)
        ends = [start + timedelta(hours=number) for number in range(count + 1)]
    values = np.full(count, NAN)
    values[known] = kwh
    return make_load(make_hours(np.array([to_us(at) for at in ends]), BUCHAREST), values)


@pytest.mark.parametrize(
    ("cycle", "span", "before", "compared_kwh", "reference_kwh"),
    [
        (Cycle.DAY, ("2026-03-10", "2026-03-11"), ("2026-03-09", "2026-03-10"), 48, 24),
        # The clock is set forward: an hour of the day before has no counterpart.
        (Cycle.DAY, ("2026-03-29", "2026-03-30"), ("2026-03-28", "2026-03-29"), 46, 23),
        (Cycle.DAY, ("2026-03-30", "2026-03-31"), ("2026-03-29", "2026-03-30"), 46, 23),
        # It is set back: both hours of one name have the same counterpart.
        (Cycle.DAY, ("2026-10-25", "2026-10-26"), ("2026-10-24", "2026-10-25"), 50, 25),
        (Cycle.WEEK, ("2026-03-09", "2026-03-16"), ("2026-03-02", "2026-03-09"), 336, 168),
        # March has three days without counterpart in February, and in that of a leap year two.
        (Cycle.MONTH, ("2026-03-01", "2026-03-29"), ("2026-02-01", "2026-03-01"), 1344, 672),
        (Cycle.MONTH, ("2026-05-01", "2026-06-01"), ("2026-04-01", "2026-05-01"), 1440, 720),
        (Cycle.MONTH, ("2024-03-01", "2024-03-31"), ("2024-02-01", "2024-03-01"), 1392, 696),
    ],
)
def test_hours_count_on_both_sides_or_on_none(
    cycle: Cycle,
    span: tuple[str, str],
    before: tuple[str, str],
    compared_kwh: float,
    reference_kwh: float,
) -> None:
    load, reference = (
        make(date.fromisoformat(first), date.fromisoformat(after), kwh)
        for (first, after), kwh in ((span, 2.0), (before, 1.0))
    )
    found = compare_cycles(load, reference, cycle)
    assert found is not None
    assert found.compared_kwh == pytest.approx(compared_kwh)
    assert found.reference_kwh == pytest.approx(reference_kwh)
    assert found.change_percent == pytest.approx(100)


def test_a_29_february_has_no_counterpart_in_a_year() -> None:
    load = make(date(2024, 1, 1), date(2025, 1, 1), 24.0, hours=24)
    found = compare_cycles(
        load, make(date(2023, 1, 1), date(2024, 1, 1), 12.0, hours=24), Cycle.YEAR
    )
    assert found is not None
    assert found.kwh == pytest.approx(366 * 24)
    assert found.compared_kwh == pytest.approx(365 * 24)
    # The days on which the clock changes are not those of the year before: an hour more or less.
    assert found.reference_kwh == pytest.approx(365 * 12, abs=0.1)


def test_a_period_that_is_not_over_is_compared_to_the_same_time() -> None:
    load = make(date(2026, 3, 9), date(2026, 3, 16), 1.0, known=slice(0, 50))
    found = compare_cycles(load, make(date(2026, 3, 2), date(2026, 3, 9), 2.0), Cycle.WEEK)
    assert found is not None
    assert (found.compared_kwh, found.reference_kwh) == (50.0, 100.0)


def test_nothing_known() -> None:
    load = make(date(2026, 3, 9), date(2026, 3, 16), 1.0, known=slice(0, 0))
    assert compare_cycles(load, load, Cycle.WEEK) is None
    before = make(date(2026, 3, 2), date(2026, 3, 9), 1.0)
    found = compare_cycles(before, load, Cycle.WEEK)
    assert found is not None
    assert found.change_percent is None


@pytest.mark.parametrize(
    ("kwh", "keys_before", "keys", "expected"),
    [
        ([1, 2, 3], [0, 1, 2], [0, 1, 2], [1, 2, 3]),
        ([1, 2, 4, 3], [0, 1, 1, 2], [0, 1, 2], [1, 3, 3]),  # the clock was set back before
        ([1, 2, 3], [0, 1, 2], [0, 1, 1, 2], [1, 2, 2, 3]),  # it is now
        ([1, 3], [0, 2], [0, 1, 2], [1, NAN, 3]),  # it was set forward before
        ([1, NAN], [0, 1], [0, 1, 2], [1, NAN, NAN]),
        ([], [], [0, 1], [NAN, NAN]),
    ],
)
def test_bars_laid_over(
    kwh: list[float], keys_before: list[int], keys: list[int], expected: list[float]
) -> None:
    found = lay_over(
        np.array(kwh, np.float64),
        np.array(keys_before, np.int64),
        np.array(keys, np.int64),
        is_mean=True,
    )
    np.testing.assert_allclose(found, expected)


def test_hours_are_summed_to_bars() -> None:
    kwh, keys = np.array([1.0, 2.0, NAN, 4.0, NAN]), np.array([0, 0, 1, 1, 2])
    found = lay_over(kwh, keys, np.arange(4), is_mean=False)
    np.testing.assert_allclose(found, [3, 4, NAN, NAN])
