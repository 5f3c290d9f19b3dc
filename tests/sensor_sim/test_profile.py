"""The household's load: energy and power as functions of time."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_sim.profile import EPOCH, LoadProfile
from sensor_sim.steady import SteadyDays

ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/St_Johns", "America/Sao_Paulo", "Asia/Beirut", "Asia/Kolkata"]
).map(ZoneInfo)
INSTANTS = st.integers(0, 40 * 365 * 86_400_000).map(lambda ms: EPOCH + timedelta(milliseconds=ms))
MEANS = st.floats(min_value=0.5, max_value=100)
KEYS = st.text("abc", min_size=1, max_size=3)


@given(key=KEYS, mean=MEANS, zone=ZONES, at=INSTANTS, seconds=st.floats(0, 200_000))
def test_energy_never_falls(
    key: str, mean: float, zone: ZoneInfo, at: datetime, seconds: float
) -> None:
    profile = LoadProfile(SteadyDays(key, mean_kwh_per_day=mean), timezone=zone)
    later = at + timedelta(seconds=seconds)
    assert profile.energy_kwh_at(later) >= profile.energy_kwh_at(at) - 1e-6


@pytest.mark.parametrize(
    ("zone", "date"),
    [
        ("Europe/Berlin", datetime(2026, 3, 29, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 10, 25, tzinfo=UTC)),
        ("America/St_Johns", datetime(2006, 10, 29, tzinfo=UTC)),  # clocks went back at 00:01
        ("America/Sao_Paulo", datetime(2018, 11, 4, tzinfo=UTC)),  # that day had no midnight
    ],
)
def test_energy_grows_steadily_when_the_clocks_change(zone: str, date: datetime) -> None:
    profile = LoadProfile(SteadyDays("a", mean_kwh_per_day=10), timezone=ZoneInfo(zone))
    minutes = [date + timedelta(minutes=minute) for minute in range(-1440, 2880)]
    energies = [profile.energy_kwh_at(at) for at in minutes]
    steps = [after - before for before, after in pairwise(energies)]
    assert min(steps) > 0
    assert max(steps) * 60 <= SteadyDays("a", mean_kwh_per_day=10).max_power_kw


@given(key=KEYS, mean=MEANS, zone=ZONES, at=INSTANTS)
def test_power_stays_within_its_bound(key: str, mean: float, zone: ZoneInfo, at: datetime) -> None:
    profile = LoadProfile(SteadyDays(key, mean_kwh_per_day=mean), timezone=zone)
    assert 0 < profile.power_kw_at(at) <= SteadyDays(key, mean_kwh_per_day=mean).max_power_kw


@given(key=KEYS, at=INSTANTS)
def test_power_is_the_derivative_of_energy(key: str, at: datetime) -> None:
    profile = LoadProfile(SteadyDays(key, mean_kwh_per_day=10))
    step = timedelta(seconds=10)
    energy_kwh = profile.energy_kwh_at(at + step) - profile.energy_kwh_at(at)
    powers_kw = [profile.power_kw_at(at + step * part / 20) for part in range(21)]
    # Appliances switch on and off within the ten seconds.
    assert min(powers_kw) - 0.05 <= energy_kwh * 360 <= max(powers_kw) + 0.05


@given(key=KEYS, zone=ZONES, midnight=INSTANTS)
def test_energy_is_continuous_where_days_meet(key: str, zone: ZoneInfo, midnight: datetime) -> None:
    local = midnight.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    at = local.astimezone(UTC)
    profile = LoadProfile(SteadyDays(key, mean_kwh_per_day=10), timezone=zone)
    moment = timedelta(milliseconds=1)
    step_kwh = profile.energy_kwh_at(at) - profile.energy_kwh_at(at - moment)
    assert 0 <= step_kwh < 1e-5


@given(key=KEYS, mean=MEANS, start=INSTANTS)
def test_days_are_about_the_mean(key: str, mean: float, start: datetime) -> None:
    profile = LoadProfile(SteadyDays(key, mean_kwh_per_day=mean))
    days = [profile.energy_kwh_at(start + timedelta(days=n)) for n in range(15)]
    total_kwh = days[-1] - days[0]
    assert total_kwh == pytest.approx(14 * mean, rel=0.15)


def test_equal_keys_give_equal_energy_and_others_another() -> None:
    at = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
    energies = [
        LoadProfile(SteadyDays(key, mean_kwh_per_day=10)).energy_kwh_at(at) for key in "aab"
    ]
    assert energies[0] == energies[1] != energies[2]


@given(zone=ZONES, at=INSTANTS, hours=st.integers(-24, 24))
def test_what_was_asked_before_does_not_matter(zone: ZoneInfo, at: datetime, hours: int) -> None:
    asked_before = LoadProfile(SteadyDays("a", mean_kwh_per_day=10), timezone=zone)
    asked_before.energy_kwh_at(at + timedelta(hours=hours))
    fresh = LoadProfile(SteadyDays("a", mean_kwh_per_day=10), timezone=zone)
    assert asked_before.energy_kwh_at(at) == fresh.energy_kwh_at(at)


def mean_power_kw(
    profile: LoadProfile, weekdays: Collection[int], from_hour: int, to_hour: int
) -> float:
    """Over eight weeks, in UTC."""
    days = [datetime(2026, 1, 5, tzinfo=UTC) + timedelta(days=n) for n in range(56)]
    energies = [
        profile.energy_kwh_at(day + timedelta(hours=to_hour))
        - profile.energy_kwh_at(day + timedelta(hours=from_hour))
        for day in days
        if day.weekday() in weekdays
    ]
    return sum(energies) / len(energies) / (to_hour - from_hour)


def test_evening_and_morning_are_above_the_night_and_weekends_rise_late() -> None:
    profile = LoadProfile(SteadyDays("a", mean_kwh_per_day=10))
    weekdays, weekend = range(5), (5, 6)
    night_kw = mean_power_kw(profile, weekdays, 1, 5)
    assert mean_power_kw(profile, weekdays, 6, 8) > 1.3 * night_kw
    assert mean_power_kw(profile, weekdays, 17, 22) > 2 * night_kw
    assert mean_power_kw(profile, weekdays, 6, 8) > mean_power_kw(profile, weekend, 6, 8)
    assert mean_power_kw(profile, weekend, 0, 24) > mean_power_kw(profile, weekdays, 0, 24)


def test_morning_is_when_it_is_morning_at_the_place() -> None:
    berlin = LoadProfile(SteadyDays("a", mean_kwh_per_day=10), timezone=ZoneInfo("Europe/Berlin"))
    utc = LoadProfile(SteadyDays("a", mean_kwh_per_day=10))
    at = datetime(2026, 1, 7, 6, 50, 12, tzinfo=UTC)
    assert berlin.power_kw_at(at - timedelta(hours=1)) == pytest.approx(utc.power_kw_at(at))


@pytest.mark.parametrize("mean", [0, -1, float("nan"), float("inf")])
def test_a_mean_that_is_no_energy_is_refused(mean: float) -> None:
    with pytest.raises(ValueError, match="greater than 0 kWh"):
        SteadyDays("a", mean_kwh_per_day=mean)
