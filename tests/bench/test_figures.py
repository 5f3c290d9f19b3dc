"""Medians, ratios, percentiles and targets."""

import pytest

from bench.figures import Figure, percentile, ratios


def test_a_ratio_is_taken_within_a_round() -> None:
    assert ratios([10, 30, 8], [20, 10, 4]) == [0.5, 3, 2]


def test_a_round_without_its_reference_is_an_error() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratios([1, 2], [1])


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([5], 50, 5),
        ([5], 99, 5),
        ([3, 1, 2], 50, 2),
        ([1, 2, 3, 4], 50, 2),
        (range(1, 101), 50, 50),
        (range(1, 101), 95, 95),
        (range(1, 101), 99, 99),
        (range(1, 101), 100, 100),
        (range(1, 301), 99, 297),
        ([1, 2, 3], 1, 1),
    ],
)
def test_percentile_by_nearest_rank(values: list[float], percent: float, expected: float) -> None:
    assert percentile(values, percent) == expected


@pytest.mark.parametrize(("values", "percent"), [([], 50), ([1], 0), ([1], 101)])
def test_a_percentile_of_nothing_is_an_error(values: list[float], percent: float) -> None:
    with pytest.raises(ValueError, match="percentile"):
        percentile(values, percent)


def test_the_median_decides_not_the_extremes() -> None:
    figure = Figure("rate", "", [0.1, 0.9, 0.88], at_least=0.85)
    assert figure.median == 0.88
    assert figure.is_reached


@pytest.mark.parametrize(
    ("value", "at_least", "at_most", "is_reached"),
    [
        (0.85, 0.85, None, True),
        (0.849, 0.85, None, False),
        (200, None, 200, True),
        (200.1, None, 200, False),
        (1.0, 0.85, 1.15, True),
        (0.8, 0.85, 1.15, False),
        (1.2, 0.85, 1.15, False),
        (7, None, None, True),
    ],
)
def test_targets(
    value: float, at_least: float | None, at_most: float | None, is_reached: bool
) -> None:
    figure = Figure("", "", [value], at_least=at_least, at_most=at_most)
    assert figure.is_reached is is_reached
    assert figure.has_target is (at_least is not None or at_most is not None)
