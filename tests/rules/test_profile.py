"""The average week, whatever is missing and whatever the clocks do."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.rules.hours import HOURS_A_WEEK, make_load, mean_kw_by
from monitoring.rules.profile import expected_kw, is_live, make_profile, make_profile_of_live
from tests.rules.loads import BUCHAREST, MONDAY, hours_of, hours_of_days, load_of, ordinal, weekly


@pytest.mark.parametrize(
    ("day", "length"),
    [((2026, 3, 28), 24), ((2026, 3, 29), 23), ((2026, 10, 24), 24), ((2026, 10, 25), 25)],
)
def test_days_of_clock_changes_have_23_and_25_hours(day: tuple[int, int, int], length: int) -> None:
    start = datetime(*day, tzinfo=BUCHAREST)
    hours = hours_of_days(1, start)
    assert len(hours) == length
    assert set(hours.day.tolist()) == {date(*day).toordinal()}
    assert hours.length_h.sum() == length


def test_hours_tell_the_clock() -> None:
    hours = hours_of_days(8)
    assert hours.slot[:26].tolist() == [*range(26)]
    assert hours.slot[HOURS_A_WEEK] == 0
    assert hours.day_of_month[[0, -1]].tolist() == [5, 12]
    spring = hours_of_days(1, datetime(2026, 3, 29, tzinfo=BUCHAREST))
    assert 3 not in spring.hour
    autumn = hours_of_days(1, datetime(2026, 10, 25, tzinfo=BUCHAREST))
    assert (autumn.hour == 3).sum() == 2


def test_half_hour_clock_change_makes_a_shorter_hour() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    start = datetime(2026, 10, 4, tzinfo=lord_howe)
    hours = hours_of(start, start + timedelta(days=1), lord_howe)
    assert sorted(set(hours.length_h.tolist())) == [0.5, 1.0]
    profile = make_profile(load_of(hours, lambda _weekday, _hour: 0.8))
    assert profile == pytest.approx(np.full((1, HOURS_A_WEEK), 0.8))


@pytest.mark.parametrize("start", [MONDAY, datetime(2026, 3, 2, tzinfo=BUCHAREST)])
def test_habits_come_back_exactly_also_over_a_clock_change(start: datetime) -> None:
    load = load_of(hours_of_days(35, start), weekly, lambda _weekday, hour: hour / 10)
    profile = make_profile(load)
    assert profile.shape == (2, HOURS_A_WEEK)
    expected = [weekly(slot // 24, slot % 24) for slot in range(HOURS_A_WEEK)]
    assert profile[0] == pytest.approx(expected)
    assert expected_kw(profile, load.hours) == pytest.approx(load.kwh / load.hours.length_h)


def test_average_is_of_energy_by_known_time() -> None:
    hours = hours_of_days(14)
    kwh, known_h = np.full(len(hours), np.nan), np.zeros(len(hours))
    kwh[0], known_h[0] = 0.5, 0.5  # 1 kW over half an hour
    kwh[HOURS_A_WEEK], known_h[HOURS_A_WEEK] = 4.0, 1.0
    profile = make_profile(make_load(hours, kwh, known_h))
    assert profile[0, 0] == pytest.approx(4.5 / 1.5)


def test_energy_of_no_known_time_counts_for_nothing() -> None:
    load = make_load(hours_of_days(1), np.ones(24), np.where(np.arange(24) < 6, 1.0, 0.0))
    assert (load.total_kwh, load.known_days) == (6, 0.25)


def test_unknown_hour_of_the_week_is_that_of_the_other_days_or_else_the_mean() -> None:
    hours = hours_of_days(2)
    kwh = np.full(len(hours), np.nan)
    kwh[[5, 29, 6]] = 1.0, 3.0, 5.0
    profile = make_profile(make_load(hours, kwh))[0]
    assert profile[5] == 1.0
    assert profile[29] == 3.0
    assert profile[5 + 48] == 2.0  # Wednesday: of Monday and Tuesday at that time
    assert profile[30] == 5.0
    assert profile[7] == 3.0  # of all hours


def test_sensor_never_heard_of_has_no_profile() -> None:
    hours = hours_of_days(7)
    load = make_load(hours, [np.ones(len(hours)), np.full(len(hours), np.nan)])
    assert np.isnan(make_profile(load)[1]).all()
    assert make_profile_of_live(load).sum(axis=1).tolist() == [HOURS_A_WEEK, 0]


def test_sensor_that_is_gone_is_expected_to_use_nothing() -> None:
    hours = hours_of_days(21)
    gone = np.where(hours.day < ordinal(2026, 1, 19), 1.0, np.nan)
    late = np.where(hours.day < ordinal(2026, 1, 20), 1.0, np.nan)
    load = make_load(hours, [gone, late])
    assert is_live(load).tolist() == [False, True]
    assert make_profile_of_live(load).sum(axis=1).tolist() == [0, HOURS_A_WEEK]


def test_no_hours_and_no_sensors() -> None:
    nothing = make_load(hours_of_days(7)[:0], np.empty((2, 0)))
    assert np.isnan(make_profile(nothing)).all()
    assert is_live(nothing).tolist() == [False, False]
    nobody = make_load(hours_of_days(7), np.empty((0, HOURS_A_WEEK)))
    assert make_profile(nobody).shape == (0, HOURS_A_WEEK)
    assert nobody.known_days == 0


@given(st.lists(st.none() | st.floats(0, 10), min_size=48, max_size=48))
def test_every_mean_lies_between_the_least_and_the_most(powers_kw: list[float | None]) -> None:
    hours = hours_of_days(2)
    load = make_load(hours, [np.nan if kw is None else kw for kw in powers_kw])
    known = [kw for kw in powers_kw if kw is not None]
    profile = make_profile(load)[0]
    if not known:
        assert np.isnan(profile).all()
        return
    assert profile.min() >= min(known) - 1e-9
    assert profile.max() <= max(known) + 1e-9
    by_hour = mean_kw_by(load, hours.hour, 24)[0]
    for hour in range(24):
        seen = [kw for kw in (powers_kw[hour], powers_kw[24 + hour]) if kw is not None]
        assert by_hour[hour] == pytest.approx(np.mean(seen) if seen else np.nan, nan_ok=True)
