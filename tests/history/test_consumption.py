"""The arithmetic of consumption: energy is conserved, and a fall is never energy."""

from bisect import bisect_right
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.history.consumption import Boundary, compute_consumption
from monitoring.rules.power import Fell, Sample


def look_up(samples: list[Sample], at_us: int) -> Boundary:
    following = bisect_right([sample.at_us for sample in samples], at_us)
    return Boundary(
        at_us,
        samples[following - 1] if following else None,
        samples[following] if following < len(samples) else None,
    )


def consumption(values: list[tuple[int, float]], ends: list[int]) -> list[tuple[float | None, int]]:
    """(kWh, covered time) of each interval, as the store would have it looked up."""
    samples = [Sample(*value) for value in values]
    falls = [
        Fell(start, end)
        for start, end in pairwise(samples)
        if end.energy_kwh < start.energy_kwh and start.at_us < ends[-1] and end.at_us > ends[0]
    ]
    found = compute_consumption([look_up(samples, at_us) for at_us in ends], falls)
    return [(interval.kwh, interval.covered_us) for interval in found]


@pytest.mark.parametrize(
    ("values", "ends", "expected"),
    [
        pytest.param([(0, 1), (10, 3)], [0, 10], [(2, 10)], id="ends on readings"),
        pytest.param([(0, 1), (10, 3)], [0, 5, 10], [(1, 5), (1, 5)], id="interpolated"),
        pytest.param([(5, 1), (15, 3)], [0, 10, 20], [(1, 5), (1, 5)], id="partly covered"),
        pytest.param(
            [(20, 1), (30, 3)], [0, 10, 20, 30, 40, 50],
            [(None, 0), (None, 0), (2, 10), (None, 0), (None, 0)],
            id="before the first and after the last",
        ),
        pytest.param([], [0, 10, 20], [(None, 0), (None, 0)], id="no reading"),
        pytest.param([(5, 7)], [0, 10], [(None, 0)], id="one reading within"),
        pytest.param([(10, 7)], [0, 10, 20], [(None, 0), (None, 0)], id="one reading between"),
        pytest.param([(2, 1), (8, 4)], [0, 10], [(3, 6)], id="two readings within"),
        pytest.param([(0, 4), (10, 4)], [0, 10], [(0, 10)], id="nothing flowed"),
        pytest.param(
            [(0, 100), (10, 102), (20, 1), (30, 4)], [0, 10, 20, 30],
            [(2, 10), (None, 0), (3, 10)],
            id="fall that fills an interval",
        ),
        pytest.param(
            [(0, 100), (8, 102), (12, 1), (20, 4)], [0, 10, 20],
            [(2, 8), (3, 8)],
            id="fall over a boundary",
        ),
        pytest.param([(0, 9), (4, 10), (6, 1), (10, 2)], [0, 10], [(2, 8)], id="fall within"),
        pytest.param(
            [(0, 9), (4, 3), (6, 1), (10, 2)], [0, 2, 10], [(None, 0), (1, 4)], id="two falls"
        ),
    ],
)  # fmt: skip
def test_cases(
    values: list[tuple[int, float]], ends: list[int], expected: list[tuple[float | None, int]]
) -> None:
    found = consumption(values, ends)
    assert [covered_us for _, covered_us in found] == [covered_us for _, covered_us in expected]
    assert [kwh for kwh, _ in found] == [pytest.approx(kwh) for kwh, _ in expected]


times = st.integers(0, 10_000)
registers = st.dictionaries(times, st.floats(0, 1e6), max_size=30)
ends_of_intervals = st.lists(times, min_size=2, max_size=20, unique=True).map(sorted)


def oracle(values: list[tuple[int, float]], start: int, end: int) -> tuple[float, int]:
    """Reads every reading: what each interval between two of them adds, and how long it covers."""
    kwh, covered = 0.0, 0
    for (t1, m1), (t2, m2) in pairwise(values):
        overlap = min(end, t2) - max(start, t1)
        if overlap > 0 and m2 >= m1:
            kwh += (m2 - m1) * overlap / (t2 - t1)
            covered += overlap
    return kwh, covered


@given(readings=registers, ends=ends_of_intervals)
def test_agrees_with_the_naive_sum_over_all_readings(
    readings: dict[int, float], ends: list[int]
) -> None:
    values = sorted(readings.items())
    for (kwh, covered_us), (start, end) in zip(
        consumption(values, ends), pairwise(ends), strict=True
    ):
        expected_kwh, expected_us = oracle(values, start, end)
        assert covered_us == expected_us
        assert kwh == (pytest.approx(expected_kwh, abs=1e-6) if expected_us else None)


@given(readings=registers, ends=ends_of_intervals)
def test_sum_is_the_last_register_less_the_first_and_less_the_falls(
    readings: dict[int, float], ends: list[int]
) -> None:
    ends = [-1, *ends, 10_001]
    values = sorted(readings.items())
    total = sum(kwh or 0.0 for kwh, _ in consumption(values, ends))
    fallen = sum(max(0.0, one - other) for (_, one), (_, other) in pairwise(values))
    expected = values[-1][1] - values[0][1] + fallen if values else 0.0
    assert total == pytest.approx(expected, abs=1e-6)
