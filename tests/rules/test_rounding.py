"""What is told is rounded, and rows sum to what flowed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.rules.rounding import (
    MILLIONTHS,
    round_energies,
    round_estimate,
    round_kw,
    round_kwh,
)

QUARTERS_A_YEAR = 35_040


def rounded(*parts: list[float]) -> np.ndarray:
    """The millionths of a sensor's chunks, one after the other."""
    left, found = 0.0, []
    for part in parts:
        kwh, left = round_energies(np.array(part), left=left)
        found.append(kwh * MILLIONTHS)
    return np.concatenate(found)


def test_a_year_of_thirds_sums_to_what_was_used() -> None:
    third = [1 / 3] * (QUARTERS_A_YEAR // 12)
    year = rounded(*[third] * 12)
    assert abs(year.sum() - QUARTERS_A_YEAR / 3 * MILLIONTHS) <= 1
    assert set(np.rint(year).tolist()) == {333_333.0, 333_334.0}


def test_what_is_missing_or_absurd_disturbs_no_other() -> None:
    found = rounded([0.25, float("nan"), 1e200, 0.1 + 0.2, 0.0])
    assert np.isnan(found[1])
    assert found[[0, 3, 4]].tolist() == pytest.approx([250_000, 300_000, 0])


energies = st.floats(0, 100, allow_nan=False)


@given(st.lists(st.lists(energies, min_size=1), min_size=1, max_size=5))
def test_any_chunks_sum_to_half_a_millionth_and_none_is_negative(parts: list[list[float]]) -> None:
    found = rounded(*parts)
    exact = np.concatenate([np.array(part) for part in parts]) * MILLIONTHS
    assert np.abs(found - np.rint(found)).max() < 1e-3
    assert np.abs(found - exact).max() <= 1 + 1e-3
    assert abs(found.sum() - exact.sum()) <= 0.5 + 1e-3
    assert found.min() >= 0


@pytest.mark.parametrize(
    ("power_kw", "told"),
    [
        (4.0200000000055525, 4.02),
        (float(np.float32(123.4)), 123.4),  # as peaks are stored
        (1.0000001, 1.0),
        (0.0000004, 0.0),
        (12345.6789, 12345.68),
        (1.7976931348623157e308, 1.797693e308),
        (float("nan"), None),
        (None, None),
    ],
)
def test_power(power_kw: float | None, told: float | None) -> None:
    assert round_kw(power_kw) == told


def test_energy_and_estimate() -> None:
    assert round_kwh(0.1 + 0.2) == 0.3
    assert round_kwh(999_999.999999) == 999_999.999999
    assert str(round_kwh(-1e-9)) == "0.0"
    assert round_estimate(0.1234567) == 0.123
    assert round_kwh(None) is round_estimate(None) is None
