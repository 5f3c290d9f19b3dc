"""Peaks that come again and again."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_sim.meter import Meter
from sensor_sim.peaks import Peaks
from sensor_sim.steady import SteadyDays

START = datetime(2026, 3, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
#: No household of the mean that is usual uses more, but for peaks.
NORMAL_KW = SteadyDays("any", mean_kwh_per_day=10.0).max_power_kw


def powers_kw(meter: Meter, count: int) -> list[float]:
    """Mean power between consecutive readings, by the platform's own formula."""
    readings = list(meter.readings(START, limit=count + 1))
    return [
        (after.register_kwh - before.register_kwh)
        / ((after.measured_at - before.measured_at).total_seconds() / 3600)
        for before, after in pairwise(readings)
    ]


@st.composite
def meters_with_peaks(draw: st.DrawFn) -> tuple[Meter, Peaks, int]:
    interval_seconds = draw(st.integers(1, 900))
    duration_intervals = draw(st.integers(1, 5))
    every = draw(st.integers((duration_intervals + 1) * interval_seconds, 60 * interval_seconds))
    # A period that is no multiple of the interval must still leave a normal interval.
    every_whole = -(-every // interval_seconds) * interval_seconds
    peaks = Peaks(
        every=timedelta(seconds=draw(st.sampled_from([every, every_whole]))),
        power_kw=20.0,
        duration=timedelta(seconds=duration_intervals * interval_seconds),
    )
    phase = timedelta(milliseconds=draw(st.integers(0, 1000 * interval_seconds - 1)))
    meter = Meter(
        UUID(int=draw(st.integers(0, 99))),
        interval=timedelta(seconds=interval_seconds),
        phase=phase,
        peaks=peaks,
    )
    return meter, peaks, duration_intervals


@given(meters_with_peaks())
def test_each_peak_is_seen_at_full_power_and_followed_by_normal_power(
    case: tuple[Meter, Peaks, int],
) -> None:
    meter, peaks, duration_intervals = case
    above = [power > peaks.power_kw - 0.01 for power in powers_kw(meter, 200)]
    normal = [0 < power < NORMAL_KW + 0.01 for power in powers_kw(meter, 200)]
    # Every interval is either wholly a peak or wholly normal, never half of both.
    assert all(a != n for a, n in zip(above, normal, strict=True))
    episodes = "".join("P" if peak else "n" for peak in above).strip("P").split("n")
    lengths = {len(episode) for episode in episodes if episode}
    assert lengths == {duration_intervals}
    period_intervals = peaks.every / meter.interval
    count = sum(1 for episode in episodes if episode)
    assert count == pytest.approx(200 / period_intervals, abs=2)


@given(meters_with_peaks(), st.floats(0, 1e6), st.floats(0, 3000))
def test_register_with_peaks_never_falls(
    case: tuple[Meter, Peaks, int], seconds: float, more_seconds: float
) -> None:
    meter, _, _ = case
    at = START + timedelta(seconds=seconds)
    later = at + timedelta(seconds=more_seconds)
    assert meter.register_kwh_at(later) >= meter.register_kwh_at(at) - 1e-6


def test_the_first_peak_comes_when_wanted() -> None:
    first_at = START + timedelta(seconds=30)
    peaks = Peaks(every=timedelta(seconds=100), power_kw=5, first_at=first_at)
    meter = Meter(UUID(int=1), peaks=peaks)
    peak_numbers = [n for n, power in enumerate(powers_kw(meter, 30)) if power > 5]
    assert peak_numbers == [3, 13, 23]


def test_momentary_power_shows_the_peak() -> None:
    peaks = Peaks(every=timedelta(seconds=100), power_kw=5, first_at=START)
    meter = Meter(UUID(int=1), peaks=peaks)
    assert meter.power_kw_at(START + timedelta(seconds=9)) > 5
    assert meter.power_kw_at(START + timedelta(seconds=10)) < 5


def test_a_fleet_does_not_peak_all_at_once() -> None:
    peaks = Peaks(every=timedelta(seconds=600), power_kw=20)
    meters = [Meter(UUID(int=number), peaks=peaks) for number in range(20)]
    peak_numbers = {
        tuple(n for n, power in enumerate(powers_kw(m, 60)) if power > 20) for m in meters
    }
    assert len(peak_numbers) > 10


@pytest.mark.parametrize(
    ("peaks", "message"),
    [
        (
            Peaks(every=timedelta(seconds=19), power_kw=5.0),
            "at least 20 s from one to the next",
        ),
        (
            Peaks(every=timedelta(seconds=29), power_kw=5.0, duration=timedelta(seconds=11)),
            "at least 30 s",
        ),
        (Peaks(every=MINUTE, power_kw=5.0, duration=timedelta(0)), "greater than 0 s"),
        (Peaks(every=MINUTE, power_kw=0), "greater than 0 kW"),
        (Peaks(every=MINUTE, power_kw=float("inf")), "greater than 0 kW"),
    ],
)
def test_peaks_that_cannot_be_told_apart_are_refused(peaks: Peaks, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Meter(UUID(int=1), peaks=peaks)
