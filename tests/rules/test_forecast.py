"""The forecast, and how honestly it tells of its errors."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.rules.forecast import NEEDED_DAYS, make_forecast, run_backtest
from monitoring.rules.hours import Load, make_load
from tests.rules.loads import BUCHAREST, MONDAY, hours_of, hours_of_days, load_of, ordinal, weekly


def noisy(days: int, seed: int, start: datetime = MONDAY, spread_kw: float = 0.1) -> Load:
    rng = np.random.default_rng(seed)
    load = load_of(hours_of_days(days, start), weekly)
    return make_load(load.hours, np.maximum(load.kwh + rng.normal(0, spread_kw, load.kwh.shape), 0))


def test_habits_are_forecast_exactly_hour_by_hour() -> None:
    past = load_of(hours_of_days(28), weekly, weekly)
    start = MONDAY + timedelta(days=28)
    future = hours_of(start, start + timedelta(days=1))
    forecast = make_forecast(past, future)
    assert forecast is not None
    expected = 2 * load_of(future, weekly).kwh[0]
    assert forecast.kwh == pytest.approx(expected)
    assert forecast.low_kwh == pytest.approx(expected)
    assert forecast.high_kwh == pytest.approx(expected)
    assert forecast.day.kwh == pytest.approx(expected.sum())
    assert forecast.backtest.profile.hour_mae_kwh == pytest.approx(0)
    assert forecast.backtest.same_as_last_week.hour_mae_kwh == pytest.approx(0)
    assert forecast.backtest.same_as_yesterday.hour_mae_kwh > 0.1


def test_next_24_hours_over_a_clock_change_follow_the_clock() -> None:
    past = load_of(hours_of_days(27, datetime(2026, 3, 2, tzinfo=BUCHAREST)), weekly)
    start = datetime(2026, 3, 29, tzinfo=BUCHAREST)
    future = hours_of(start, start + timedelta(days=1))
    assert len(future) == 23
    forecast = make_forecast(past, future)
    assert forecast is not None
    assert forecast.kwh == pytest.approx(load_of(future, weekly).kwh[0])


def test_errors_are_those_that_a_table_gives() -> None:
    hours = hours_of_days(11)  # Monday to the Thursday of the next week, which is not complete
    kw = np.ones(len(hours))
    kw[hours.day == ordinal(2026, 1, 13)] = 3.0  # the second Tuesday
    backtest = run_backtest(make_load(hours, kw))
    assert backtest is not None
    # Held out: Monday 1, Tuesday 3, Wednesday 1 kW. All know only the week of 1 kW before.
    assert (backtest.days, backtest.hours, backtest.mean_day_kwh) == (3, 72, 40)
    assert backtest.same_as_last_week.hour_mae_kwh == pytest.approx(2 * 24 / 72)
    assert backtest.same_as_last_week.day_mae_kwh == pytest.approx(16)
    assert backtest.same_as_last_week.wape_percent == pytest.approx(100 * 48 / 120)
    assert backtest.same_as_yesterday.hour_mae_kwh == pytest.approx(2 * 48 / 72)
    assert backtest.profile.hour_mae_kwh == pytest.approx(2 * 24 / 72)
    assert not backtest.is_better_than_naive  # only as good as "same as a week ago"
    assert backtest.day_errors_kwh == pytest.approx([0, 48, 0])


def test_average_beats_naive_ones_where_only_chance_differs_from_habit() -> None:
    backtest = run_backtest(noisy(56, seed=3))
    assert backtest is not None
    assert backtest.is_better_than_naive
    assert backtest.days == 14


def test_naive_one_wins_where_a_household_has_just_changed() -> None:
    load = noisy(40, seed=3)
    moved_in = load.hours.day >= ordinal(2026, 2, 3)
    backtest = run_backtest(make_load(load.hours, load.kwh + 2.0 * moved_in))
    assert backtest is not None
    assert not backtest.is_better_than_naive


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), changed_day=st.integers(0, 13))
def test_backtest_never_sees_the_day_it_forecasts_nor_what_follows(
    seed: int, changed_day: int
) -> None:
    load = noisy(30, seed)
    first_held_out = int(load.hours.day[-1]) - 14
    changed_from = first_held_out + changed_day
    kwh = load.kwh.copy()
    kwh[:, load.hours.day >= changed_from] += 7.0
    one, other = run_backtest(load), run_backtest(make_load(load.hours, kwh))
    assert one is not None
    assert other is not None
    errors = other.hour_errors_kwh - one.hour_errors_kwh
    # Up to the changed day nothing differs; of the day itself the whole change is an error.
    assert errors[:changed_day] == pytest.approx(np.zeros((changed_day, 24)))
    assert errors[changed_day] == pytest.approx(np.full(24, 7.0))


@pytest.mark.parametrize("days", [NEEDED_DAYS, NEEDED_DAYS + 1])
def test_forecast_takes_ten_complete_days(days: int) -> None:
    load = noisy(days, seed=1)
    start = MONDAY + timedelta(days=days)
    forecast = make_forecast(load, hours_of(start, start + timedelta(days=1)))
    # The last day of a load counts for incomplete.
    assert (forecast is not None) == (days > NEEDED_DAYS)


def test_history_that_is_there_only_in_part_is_not_too_long_ago() -> None:
    hours = hours_of_days(56)
    newest = hours.day >= ordinal(2026, 3, 2) - 11
    backtest = run_backtest(make_load(hours, np.where(newest, 1.0, np.nan)))
    assert backtest is not None
    assert backtest.days == 3


def test_days_with_gaps_are_not_held_out() -> None:
    load = noisy(20, seed=1)
    tuesday = ordinal(2026, 1, 20)
    gap = (load.hours.day == tuesday) & (load.hours.hour < 6)
    backtest = run_backtest(make_load(load.hours, np.where(gap, np.nan, load.kwh)))
    assert backtest is not None
    assert backtest.days == 19 - 7 - 2  # nor is the next: there is no "same as yesterday" of it


def test_sensors_never_heard_of_change_nothing() -> None:
    load = noisy(20, seed=1)
    start = MONDAY + timedelta(days=20)
    future = hours_of(start, start + timedelta(days=1))
    with_silent = make_load(load.hours, [load.kwh[0], np.full(load.kwh.shape[1], np.nan)])
    one, other = make_forecast(load, future), make_forecast(with_silent, future)
    assert one is not None
    assert other is not None
    assert other.kwh == pytest.approx(one.kwh)
    assert other.backtest.profile == one.backtest.profile


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), days=st.integers(11, 40))
def test_ranges_hold_what_is_expected_and_are_never_negative(seed: int, days: int) -> None:
    load = noisy(days, seed, spread_kw=0.5)
    start = MONDAY + timedelta(days=days)
    forecast = make_forecast(load, hours_of(start, start + timedelta(days=1)))
    assert forecast is not None
    assert (forecast.low_kwh >= 0).all()
    assert (forecast.low_kwh <= forecast.kwh + 1e-12).all()
    assert (forecast.kwh <= forecast.high_kwh + 1e-12).all()
    assert 0 <= forecast.day.low_kwh <= forecast.day.kwh <= forecast.day.high_kwh


def test_range_is_that_of_the_time_of_the_clock_and_an_hour_around() -> None:
    load = load_of(hours_of_days(40), lambda _weekday, _hour: 0.5)
    chance = np.random.default_rng(1).random(len(load.hours))
    kwh = np.where(load.hours.hour == 18, 0.5 + chance, 0.5)
    start = MONDAY + timedelta(days=40)
    forecast = make_forecast(make_load(load.hours, kwh), hours_of(start, start + timedelta(days=1)))
    assert forecast is not None
    widths = forecast.high_kwh - forecast.low_kwh
    assert set(np.flatnonzero(widths > 0.05).tolist()) == {17, 18, 19}


def test_about_eight_in_ten_hours_come_to_lie_in_their_range() -> None:
    hits = []
    for seed in range(40):
        whole = noisy(57, seed)
        past, tomorrow = whole[: 56 * 24], whole[56 * 24 :]
        forecast = make_forecast(past, tomorrow.hours)
        assert forecast is not None
        came = tomorrow.kwh[0]
        hits.append(((forecast.low_kwh <= came) & (came <= forecast.high_kwh)).mean())
    assert 0.72 <= np.mean(hits) <= 0.88


def test_no_history_is_no_forecast() -> None:
    future = hours_of_days(1)
    assert make_forecast(make_load(future[:0], np.empty((1, 0))), future) is None
    assert make_forecast(make_load(future, np.empty((0, 24))), future) is None
    assert make_forecast(make_load(future, np.full(24, np.nan)), future) is None
