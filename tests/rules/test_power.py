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
    step_mwh=st.sampled_from([0, 0, 1, 1000, 10**6, 10**8]),
)
def test_decided_as_in_whole_numbers(
    limit_mw: int, seconds: int, start_mwh: int, energy_mwh: int, step_mwh: int
) -> None:
    """Registers of a millionth of a kWh, against the same sum in integers."""
    start = sample(0, start_mwh / 10**6)
    end = sample(seconds, (start_mwh + energy_mwh) / 10**6)
    expected = (energy_mwh - step_mwh) * US_PER_HOUR > limit_mw * seconds * SECOND
    finding = judge_interval(start, end, limit_mw / 10**6, step_kwh=step_mwh / 10**6)
    assert isinstance(finding, Exceeded) == expected


@pytest.mark.parametrize(
    ("seconds", "rise_kwh", "step_kwh", "is_peak"),
    [
        (1, 0.001, 0.0, True),  # 3.6 kW by the formula
        (1, 0.001, 0.001, False),
        (1, 0.002, 0.001, True),
        (9, 0.006, 0.001, False),  # 2 kW with a step less: equal is not a peak
        (9, 0.007, 0.001, True),
        (3600, 2.5, 0.001, True),
        (3600, 2.5, 1.0, False),
    ],
)
def test_step_of_the_register_is_taken_off_a_rise(
    seconds: float, rise_kwh: float, step_kwh: float, is_peak: bool
) -> None:
    """The limit is 2 kW; the register is large, so that floating point alone would be wrong."""
    end_kwh = round(812_345.678 + rise_kwh, 3)
    start, end = sample(0, 812_345.678), sample(seconds, end_kwh)
    finding = judge_interval(start, end, 2.0, step_kwh=step_kwh)
    assert isinstance(finding, Exceeded) == is_peak
    if isinstance(finding, Exceeded):
        assert finding.power_kw == pytest.approx(rise_kwh * 3600 / seconds, rel=1e-5)


def test_step_makes_no_fall_a_peak() -> None:
    start, end = sample(0, 5.0), sample(60, 4.9995)
    assert judge_interval(start, end, 4.0, step_kwh=0.001) == Fell(start, end)


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
