"""Rows of a file sum to what flowed."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.exchange.rounding import A_KWH, round_kwh
from monitoring.rules.intervals import Quality
from tests.exchange.columns import chunk_of

START = datetime(2026, 3, 1, tzinfo=UTC)
QUARTERS_A_YEAR = 35_040


def rounded(*parts: list[float]) -> np.ndarray:
    """The millionths of a sensor's chunks, one after the other."""
    left, found = 0.0, []
    for part in parts:
        values = [(kwh, Quality.MEASURED) for kwh in part]
        consumption, left = round_kwh(chunk_of(START, values).consumption, left=left)
        found.append(consumption.kwh * A_KWH)
    return np.concatenate(found)


def test_a_year_of_thirds_sums_to_what_was_used() -> None:
    third = [1 / 3] * (QUARTERS_A_YEAR // 12)
    year = rounded(*[third] * 12)
    assert abs(year.sum() - QUARTERS_A_YEAR / 3 * A_KWH) <= 1
    assert set(np.rint(year).tolist()) == {333_333.0, 333_334.0}


def test_what_is_missing_or_absurd_disturbs_no_other() -> None:
    found = rounded([0.25, float("nan"), 1e200, 0.1 + 0.2, 0.0])
    assert np.isnan(found[1])
    assert found[[0, 3, 4]].tolist() == pytest.approx([250_000, 300_000, 0])


energies = st.floats(0, 100, allow_nan=False)


@given(st.lists(st.lists(energies, min_size=1), min_size=1, max_size=5))
def test_any_chunks_sum_to_half_a_millionth_and_none_is_negative(parts: list[list[float]]) -> None:
    found = rounded(*parts)
    exact = np.concatenate([np.array(part) for part in parts]) * A_KWH
    assert np.abs(found - np.rint(found)).max() < 1e-3
    assert np.abs(found - exact).max() <= 1 + 1e-3
    assert abs(found.sum() - exact.sum()) <= 0.5 + 1e-3
    assert found.min() >= 0
