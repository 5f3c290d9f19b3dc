"""Shares that make up a hundred."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.rules.shares import round_shares


@pytest.mark.parametrize(
    ("amounts", "shares"),
    [
        ([3, 1], [75, 25]),
        ([1, 1, 1], [34, 33, 33]),
        ([0.999, 0.0005, 0.0005], [100, 0, 0]),
        ([2, 0, 0], [100, 0, 0]),
        ([0, 0], [None, None]),
        ([1e308, 1e308], [None, None]),
        ([], []),
    ],
)
def test_shares(amounts: list[float], shares: list[int | None]) -> None:
    assert round_shares(amounts) == shares


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=50))
def test_shares_sum_to_100_and_none_is_off_by_a_percent(amounts: list[float]) -> None:
    shares = round_shares(amounts)
    if None in shares:
        assert sum(amounts) == 0
        return
    assert sum(share or 0 for share in shares) == 100
    for amount, share in zip(amounts, shares, strict=True):
        assert share == pytest.approx(100 * amount / sum(amounts), abs=1)
