"""The peak rule's table of cases: P = (m2 − m1) / (t2 − t1), and a peak is P > maximum."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.rules.power import (
    MAX_POWER_KW,
    US_PER_HOUR,
    Exceeded,
    Fell,
    Sample,
    find_suspects,
    judge_interval,
    mean_power_kw,
    mean_powers_kw,
)

SECOND = 1_000_000


def sample(seconds: float, energy_kwh: float) -> Sample:
    return Sample(round(seconds * SECOND), energy_kwh)


@pytest.mark.parametrize(
    ("start", "end", "limit_kw", "power_kw"),
    [
        (sample(0, 10.0), sample(3600, 13.9), 4.0, None),
        (sample(0, 10.0), sample(3600, 14.0), 4.0, None),
        (sample(0, 10.0), sample(3600, 14.1), 4.0, 4.1),
        (sample(0, 0.7), sample(3600, 0.8), 0.1, None),
        (sample(0, 0.1), sample(3600, 0.3), 0.2, None),
        (sample(0, 1e6), sample(3600, 1e6 + 0.1), 0.1, None),
        (sample(0, 0.0), sample(10, 0.0112), 4.0, 4.032),
        (sample(0, 0.0), sample(9, 0.01), 4.0, None),
        (sample(0, 5.0), sample(3600, 5.0), 4.0, None),
    ],
    ids=[
        "below",
        "equal is not a peak",
        "above",
        "equal in decimals, above in floating point",
        "equal in decimals, below in floating point",
        "equal at a large register",
        "above in ten seconds",
        "equal in nine seconds",
        "nothing used",
    ],
)
def test_peak_is_power_above_the_limit(
    start: Sample, end: Sample, limit_kw: float, power_kw: float | None
) -> None:
    finding = judge_interval(start, end, limit_kw)
    if power_kw is None:
        assert finding is None
    else:
        assert isinstance(finding, Exceeded)
        assert finding.power_kw == pytest.approx(power_kw, rel=1e-9)
        assert finding.limit_kw == limit_kw


def test_falling_register_is_no_peak_but_recorded() -> None:
    start, end = sample(0, 99999.0), sample(60, 3.0)
    assert judge_interval(start, end, 4.0) == Fell(start, end)
    assert mean_power_kw(start, end) is None


@pytest.mark.parametrize("energy_kwh", [1.0, 2.0, 0.0])
def test_equal_timestamps_divide_by_nothing(energy_kwh: float) -> None:
    start, end = sample(60, 1.0), sample(60, energy_kwh)
    assert judge_interval(start, end, 4.0) is None
    assert mean_power_kw(start, end) is None


@given(
    limit_mw=st.integers(1, 10_000_000),
    seconds=st.integers(1, 86_400),
    start_mwh=st.integers(0, 10**12),
    energy_mwh=st.integers(0, 10**9),
)
def test_decided_as_in_whole_numbers(
    limit_mw: int, seconds: int, start_mwh: int, energy_mwh: int
) -> None:
    """Registers of a millionth of a kWh, against the same sum in integers."""
    start = sample(0, start_mwh / 10**6)
    end = sample(seconds, (start_mwh + energy_mwh) / 10**6)
    expected = energy_mwh * US_PER_HOUR > limit_mw * seconds * SECOND
    assert isinstance(judge_interval(start, end, limit_mw / 10**6), Exceeded) == expected


@pytest.mark.filterwarnings("error")
def test_power_is_finite_whatever_the_registers() -> None:
    start, end = Sample(0, 0.0), Sample(60_000_000, 1.7e308)
    assert mean_power_kw(start, end) == MAX_POWER_KW
    found = judge_interval(start, end, 4.0)
    assert isinstance(found, Exceeded)
    assert found.power_kw == MAX_POWER_KW
    times, values = np.array([0, 60_000_000]), np.array([0.0, 1.7e308])
    columns = (times[:1], values[:1], times[1:], values[1:])
    assert mean_powers_kw(*columns).tolist() == [MAX_POWER_KW]
    assert find_suspects(*columns, np.array([4.0])).tolist() == [True]
