"""Quarter hours from registers: a table of cases, and a naive oracle in fractions."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.rules.intervals import QUARTER_US, Quality, Quarters, Ranges, sum_quarters
from monitoring.rules.power import Sample
from monitoring.rules.registers import (
    Registers,
    Replacement,
    Rollover,
    find_rises,
    risen_over_kwh,
)
from tests.rules import oracle

MINUTE = 60_000_000
HOUR_US = 60 * MINUTE


def registers_of(*series: Mapping[int, float]) -> Registers:
    rows = [
        (number, at_us, kwh)
        for number, values in enumerate(series)
        for at_us, kwh in sorted(values.items())
    ]
    columns = np.array(rows, float).reshape(-1, 3).T
    return Registers(columns[0].astype(np.int64), columns[1].astype(np.int64), columns[2])


def rows_of(found: Quarters) -> list[tuple[int, float, float, float, int]]:
    """(quarter, kWh, kW, covered minutes, quality) of each quarter hour that is known."""
    columns = (found.quarter, found.kwh, found.peak_kw, found.covered_us / MINUTE, found.quality)
    return list(zip(*(column.tolist() for column in columns), strict=True))


MEASURED, ESTIMATED = Quality.MEASURED, Quality.ESTIMATED


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        pytest.param({}, [], id="no reading"),
        pytest.param({5: 1.0}, [], id="one reading"),
        pytest.param({0: 1, 15: 3}, [(0, 2, 8, 15, MEASURED)], id="a quarter hour, end to end"),
        pytest.param(
            {0: 1, 30: 3}, [(0, 1, 4, 15, MEASURED), (1, 1, 4, 15, MEASURED)], id="interpolated"
        ),
        pytest.param(
            {10: 1, 20: 3}, [(0, 1, 12, 5, MEASURED), (1, 1, 12, 5, MEASURED)], id="partly covered"
        ),
        pytest.param(
            {0: 0, 5: 1, 10: 1, 15: 4}, [(0, 4, 36, 15, MEASURED)], id="highest power of three"
        ),
        pytest.param({0: 4, 15: 4}, [(0, 0, 0, 15, MEASURED)], id="nothing flowed"),
        pytest.param(
            {0: 0, 75: 5, 80: 5},
            [*((n, 1, 4, 0, ESTIMATED) for n in range(5)), (5, 0, 0, 5, MEASURED)],
            id="across a gap",
        ),
        pytest.param(
            {0: 0, 5: 2, 70: 15, 75: 15},
            [
                (0, 4, 24, 5, ESTIMATED),
                *((n, 3, 12, 0, ESTIMATED) for n in (1, 2, 3)),
                (4, 2, 12, 5, ESTIMATED),
            ],
            id="partly across a gap",
        ),
        pytest.param({0: 0, 60: 4}, [(n, 1, 4, 15, MEASURED) for n in range(4)], id="no gap yet"),
        pytest.param(
            {0: 8, 5: 9, 10: 1, 15: 2}, [(0, 2, 12, 10, MEASURED)], id="a fall within is unknown"
        ),
        pytest.param(
            {0: 8, 10: 9, 40: 1, 45: 2},
            [(0, 1, 6, 10, MEASURED), (2, 1, 12, 5, MEASURED)],
            id="a fall over a whole quarter hour",
        ),
    ],
)  # fmt: skip
def test_cases(
    minutes: dict[int, float], expected: list[tuple[int, float, float, float, int]]
) -> None:
    registers = registers_of({minute * MINUTE: kwh for minute, kwh in minutes.items()})
    ranges = Ranges(np.array([-10]), np.array([10]))
    found = sum_quarters(find_rises(registers), ranges, max_gap_us=HOUR_US)
    assert rows_of(found) == [pytest.approx(row) for row in expected]


def test_only_the_quarter_hours_of_each_series_range_are_computed() -> None:
    hour = {0: 0.0, 60 * MINUTE: 4.0}
    rises = find_rises(registers_of(hour, hour, hour))
    found = sum_quarters(rises, Ranges(np.array([1, 9, 0]), np.array([3, 9, 1])), max_gap_us=10**10)
    assert (found.series.tolist(), found.quarter.tolist()) == ([0, 0, 2], [1, 2, 0])
    assert found.kwh.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("before", "after", "digits", "hours", "risen"),
    [
        (99_999.5, 0.25, 5, 0.25, 0.75),
        (90_000.0, 9_999.9, 5, 1_000, 19_999.9),  # just below 20 kW
        (90_000.0, 9_999.9, 5, 999.9, None),  # above
        (93_412.0, 0.2, 5, 0.25, None),  # exchanged in the last tenth: it would be 26 MW
        (99_995.0, 0.0, 5, 0.25, 5.0),  # exactly five times the maximum
        (99_995.0, 0.001, 5, 0.25, None),
        (89_999.9, 5.0, 5, 10_000, None),  # not from the last tenth
        (99_999.5, 10_000.0, 5, 10_000, None),  # not into the first
        (99_999.5, 0.25, None, 0.25, None),
        (99_999.5, 0.25, 6, 1e6, None),
        (100_000.0, 0.25, 5, 1, None),  # more than five digits
        (9.5, 0.5, 1, 0.25, 1.0),
    ],
)
def test_rollover_leads_from_the_last_tenth_into_the_first_at_a_power_that_can_be(
    before: float, after: float, digits: int | None, hours: float, risen: float | None
) -> None:
    start, end = Sample(0, before), Sample(int(hours * HOUR_US), after)
    found = risen_over_kwh(start, end, digits=digits, max_power_kw=4.0)
    assert found == (risen and pytest.approx(risen))


def test_rollover_counts_only_for_the_very_fall_that_it_is_of() -> None:
    registers = registers_of({0: 99_999.0, 60: 1.0, 90: 0.0}, {0: 99_999.0, 60: 1.0})
    rises = find_rises(registers, rollovers=[Rollover(0, 0, 60, 2.0), Rollover(1, 0, 59, 2.0)])
    assert np.array_equal(rises.kwh, [2.0, np.nan, np.nan], equal_nan=True)


@pytest.mark.parametrize(
    "registers",
    [
        {0: 100.0, 60: 7.0},
        {0: 100.0, 30: 104.0, 60: 7.0},  # a reading of that instant, of the old meter
        {0: 100.0, 30: 5.0, 60: 7.0},  # or of the new one
    ],
)
def test_replacement_joins_both_meters_exactly(registers: dict[int, float]) -> None:
    rises = find_rises(registers_of(registers), replacements=[Replacement(0, 30, 104.0, 5.0)])
    assert list(zip(rises.start_us, rises.end_us, rises.kwh, strict=True)) == [
        (0, 30, 4.0),
        (30, 60, 2.0),
    ]


def test_replacement_without_a_fall_counts_as_well() -> None:
    registers = registers_of({0: 1.0, 60: 9.0})
    rises = find_rises(registers, replacements=[Replacement(0, 30, 3.0, 0.0)])
    assert rises.kwh.tolist() == [2.0, 9.0]


def test_final_register_below_the_last_reading_is_not_believed() -> None:
    registers = registers_of({0: 100.0, 60: 7.0})
    rises = find_rises(registers, replacements=[Replacement(0, 30, 99.0, 5.0)])
    assert np.array_equal(rises.kwh, [np.nan, 2.0], equal_nan=True)


times = st.integers(-3 * HOUR_US, 30 * HOUR_US)
kwhs = st.one_of(st.integers(0, 12).map(float), st.floats(0, 1e6))
readings = st.dictionaries(times, kwhs, max_size=25)
changes = st.lists(
    st.tuples(times, kwhs, kwhs), max_size=3, unique_by=lambda replacement: replacement[0]
)


@given(
    sensors=st.lists(st.tuples(readings, changes), min_size=1, max_size=3),
    max_gap_us=st.integers(1, 8 * HOUR_US),
)
def test_agrees_with_the_oracle(
    sensors: list[tuple[dict[int, float], list[tuple[int, float, float]]]], max_gap_us: int
) -> None:
    replacements = [
        Replacement(number, *change)
        for number, (values, changes) in enumerate(sensors)
        for change in changes
        if values and min(values) < change[0] < max(values)
    ]
    rises = find_rises(registers_of(*(values for values, _ in sensors)), replacements=replacements)
    ranges = Ranges(np.full(len(sensors), -100), np.full(len(sensors), 200))
    found = sum_quarters(rises, ranges, max_gap_us=max_gap_us)
    for number, (values, _) in enumerate(sensors):
        known = oracle.stretches(
            values, replacements=[change[1:] for change in replacements if change[0] == number]
        )
        expected = oracle.quarters(known, max_gap_us=max_gap_us)
        rows = {
            row[0]: row[1:]
            for row, series in zip(rows_of(found), found.series, strict=True)
            if series == number
        }
        assert rows.keys() == expected.keys()
        for quarter, (kwh, peak_kw, covered, quality) in rows.items():
            wanted = expected[quarter]
            assert kwh == pytest.approx(float(wanted.kwh), abs=1e-9)
            assert peak_kw == pytest.approx(float(wanted.peak_kw))
            assert covered * MINUTE == pytest.approx(wanted.covered_us)
            assert quality == wanted.quality
        total = sum(row[0] for row in rows.values())
        assert total == pytest.approx(float(sum(kwh for _, _, kwh in known)), abs=1e-6)


@given(values=st.dictionaries(times, st.floats(0, 1e6), min_size=2, max_size=25))
def test_rising_register_is_summed_to_last_less_first(values: dict[int, float]) -> None:
    rising = dict(zip(sorted(values), sorted(values.values()), strict=True))
    ranges = Ranges(np.array([-100]), np.array([200]))
    found = sum_quarters(find_rises(registers_of(rising)), ranges, max_gap_us=HOUR_US)
    total = max(rising.values()) - min(rising.values())
    assert found.kwh.sum() == pytest.approx(total, abs=1e-6)
    assert (found.kwh >= 0).all()
    assert all(one < other for one, other in pairwise(found.quarter.tolist()))
    assert found.quarter[0] == min(rising) // QUARTER_US


def test_absurd_registers_make_no_noise() -> None:
    registers = registers_of({0: 0.0, 1: 1.7e308})
    found = sum_quarters(find_rises(registers), Ranges(np.array([0]), np.array([1])), max_gap_us=9)
    assert found.kwh.tolist() == []  # a rise that no meter makes is a gap
