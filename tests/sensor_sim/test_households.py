"""Loads with seasons: registers that rise, and days that differ as in life."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor_sim.households import HOUSEHOLDS, Family
from sensor_sim.places import PLACES
from sensor_sim.profile import EPOCH, LoadProfile

FAMILY = Family("a", PLACES["RO"])
BUCHAREST = ZoneInfo("Europe/Bucharest")
YEAR = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
KINDS = st.sampled_from(sorted(HOUSEHOLDS))
COUNTRIES = st.sampled_from(sorted(PLACES))
ZONES = st.sampled_from(["UTC", "Europe/Bucharest", "America/Sao_Paulo"]).map(ZoneInfo)
MEANS = st.floats(min_value=0.01, max_value=1000)
#: Few years, because each is made of all its days, which takes longer on a busy machine.
INSTANTS = st.integers(0, 2 * 365 * 86_400_000).map(
    lambda ms: datetime(2017, 12, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)


def make_profile(
    kind: str, *, mean: float = 10.0, country: str = "RO", zone: ZoneInfo = BUCHAREST
) -> LoadProfile:
    family = Family("a", PLACES[country])
    days = HOUSEHOLDS[kind]("a", mean_kwh_per_day=mean, family=family)
    return LoadProfile(days, timezone=zone)


def days_kwh(kind: str, days: Iterable[date] = YEAR) -> dict[date, float]:
    made = HOUSEHOLDS[kind]("a", mean_kwh_per_day=10.0, family=FAMILY)
    return {
        day: made.energy_kwh_before(day + timedelta(days=1)) - made.energy_kwh_before(day)
        for day in days
    }


def mean_kwh(kwh: dict[date, float], chosen: Callable[[date], bool]) -> float:
    values = [value for day, value in kwh.items() if chosen(day)]
    return sum(values) / len(values)


@settings(max_examples=60, deadline=None)
@given(
    kind=KINDS, country=COUNTRIES, mean=MEANS, zone=ZONES, at=INSTANTS, seconds=st.floats(0, 2e5)
)
def test_energy_never_falls(
    kind: str, country: str, mean: float, zone: ZoneInfo, at: datetime, seconds: float
) -> None:
    profile = make_profile(kind, mean=mean, country=country, zone=zone)
    energies = [
        profile.energy_kwh_at(at + timedelta(seconds=seconds * part / 10)) for part in range(11)
    ]
    assert all(after >= before - 1e-6 for before, after in pairwise(energies))


@settings(max_examples=60, deadline=None)
@given(kind=KINDS, mean=MEANS, zone=ZONES, at=INSTANTS)
def test_energy_is_continuous_where_days_meet(
    kind: str, mean: float, zone: ZoneInfo, at: datetime
) -> None:
    midnight = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    profile, moment = make_profile(kind, mean=mean, zone=zone), timedelta(milliseconds=1)
    step_kwh = profile.energy_kwh_at(midnight.astimezone(UTC)) - profile.energy_kwh_at(
        midnight.astimezone(UTC) - moment
    )
    assert -1e-6 <= step_kwh < 1e-5 * max(mean, 1)


@pytest.mark.parametrize("kind", sorted(HOUSEHOLDS))
def test_new_year_is_a_midnight_like_any_other(kind: str) -> None:
    profile = make_profile(kind, zone=ZoneInfo("UTC"))
    minutes = [datetime(2026, 12, 31, tzinfo=UTC) + timedelta(minutes=n) for n in range(2880)]
    steps = [
        profile.energy_kwh_at(after) - profile.energy_kwh_at(before)
        for before, after in pairwise(minutes)
    ]
    assert min(steps) > -1e-9
    assert max(steps) * 60 < 7.5


@settings(max_examples=60, deadline=None)
@given(kind=KINDS, at=INSTANTS)
def test_power_is_the_derivative_of_energy(kind: str, at: datetime) -> None:
    profile, step = make_profile(kind), timedelta(seconds=10)
    energy_kwh = profile.energy_kwh_at(at + step) - profile.energy_kwh_at(at)
    powers_kw = [profile.power_kw_at(at + step * part / 20) for part in range(21)]
    # Appliances switch on and off within the ten seconds.
    assert min(powers_kw) - 0.05 <= energy_kwh * 360 <= max(powers_kw) + 0.05


@settings(max_examples=60, deadline=None)
@given(kind=KINDS, mean=MEANS, year=st.sampled_from([2000, 2025, 2026]))
def test_a_calendar_year_uses_its_mean(kind: str, mean: float, year: int) -> None:
    days = HOUSEHOLDS[kind]("a", mean_kwh_per_day=mean, family=FAMILY)
    first, next_first = date(year, 1, 1), date(year + 1, 1, 1)
    energy_kwh = days.energy_kwh_before(next_first) - days.energy_kwh_before(first)
    assert energy_kwh == pytest.approx(mean * (next_first - first).days, rel=1e-6)
    assert days.energy_kwh_before(EPOCH.date()) == 0


def test_equal_keys_make_equal_days_and_others_others() -> None:
    at = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)

    def energy_kwh(key: str) -> float:
        days = HOUSEHOLDS["home"](key, mean_kwh_per_day=10.0, family=FAMILY)
        return LoadProfile(days).energy_kwh_at(at)

    assert energy_kwh("a") == energy_kwh("a") != energy_kwh("b")


def is_away(day: date) -> bool:
    return FAMILY.is_away(day)


def is_workday(day: date) -> bool:
    return not FAMILY.is_day_off(day)


def is_free(day: date) -> bool:
    return FAMILY.is_day_off(day) and not is_away(day)


def test_a_family_is_away_for_three_to_four_weeks_of_a_year() -> None:
    away = [day for day in YEAR if is_away(day)]
    assert 21 <= len(away) <= 28
    assert {day.month for day in away} <= {2, 7, 8, 10}


def test_a_home_uses_more_in_winter_and_on_days_off_and_little_when_nobody_is_there() -> None:
    kwh = days_kwh("home")
    assert mean_kwh(kwh, lambda day: day.month in (12, 1)) > 1.15 * mean_kwh(
        kwh, lambda day: day.month in (6, 9)
    )
    in_spring = [day for day in YEAR if day.month in (3, 4, 5)]
    spring = {day: kwh[day] for day in in_spring}
    assert mean_kwh(spring, is_free) > 1.1 * mean_kwh(spring, is_workday)
    assert mean_kwh(kwh, is_away) < 0.45 * mean_kwh(kwh, lambda day: not is_away(day))
    christmas = mean_kwh(kwh, lambda day: day.month == 12 and 24 <= day.day <= 26)
    assert christmas > 1.3 * mean_kwh(kwh, lambda day: not is_away(day))


def test_a_heat_pump_follows_the_weather() -> None:
    kwh = days_kwh("heat-pump")
    coldest = sorted((day for day in YEAR if not is_away(day)), key=FAMILY.place.temperature_c)
    assert mean_kwh(kwh, lambda day: day in coldest[:20]) > 4 * mean_kwh(
        kwh, lambda day: day in coldest[-20:]
    )
    assert min(kwh.values()) > 0  # hot water


def test_a_car_charges_after_midnight_on_some_nights() -> None:
    profile, kwh = make_profile("car"), days_kwh("car")
    charged = [day for day in YEAR if kwh[day] > 2]
    assert 150 <= len(charged) <= 240
    assert not any(is_away(day) for day in charged)
    for day in charged:
        midnight = datetime(day.year, day.month, day.day, tzinfo=BUCHAREST).astimezone(UTC)
        morning_kwh = profile.energy_kwh_at(midnight + timedelta(hours=10))
        assert morning_kwh - profile.energy_kwh_at(midnight) > 0.95 * kwh[day]


def test_a_workshop_rests_on_days_off_and_a_holiday_home_on_workdays() -> None:
    workshop, holiday_home = days_kwh("workshop"), days_kwh("holiday-home")
    assert mean_kwh(workshop, is_workday) > 4 * mean_kwh(workshop, is_free)
    assert mean_kwh(holiday_home, is_free) > 2.5 * mean_kwh(holiday_home, is_workday)
    visited = [day for day in YEAR if is_free(day) and holiday_home[day] > 12]
    assert 30 <= len(visited) <= 90


@pytest.mark.parametrize("mean", [0, -1, float("nan"), float("inf")])
def test_a_mean_that_is_no_energy_is_refused(mean: float) -> None:
    for make in HOUSEHOLDS.values():
        with pytest.raises(ValueError, match="greater than 0 kWh"):
            make("a", mean_kwh_per_day=mean, family=FAMILY)
