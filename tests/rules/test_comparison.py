"""Today and this month against before, base load, and the projected month."""

import math
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.rules.comparison import (
    Compared,
    compare_months,
    compare_today,
    compute_base_load_kw,
    project_month,
)
from monitoring.rules.hours import Load, make_load
from tests.rules.loads import BUCHAREST, hours_of, hours_of_days, load_of, ordinal, weekly

MARCH = datetime(2026, 3, 1, tzinfo=BUCHAREST)
APRIL = datetime(2026, 4, 1, tzinfo=BUCHAREST)
FEBRUARY = datetime(2026, 2, 1, tzinfo=BUCHAREST)


def constant(_weekday: int, _hour: int) -> float:
    return 0.5


def until(load: Load, now: datetime) -> Load:
    """The load without what comes after ``now``."""
    now_us = int(now.timestamp() * 1e6)
    passed = np.clip((now_us - load.hours.start_us) / 3.6e9, 0, load.hours.length_h)
    return make_load(load.hours, load.kwh * passed / load.hours.length_h, passed)


# --- Today


def test_constant_consumer_uses_the_same_as_usual() -> None:
    load = load_of(hours_of_days(9), constant)
    today = ordinal(2026, 1, 13)
    now = datetime(2026, 1, 13, 14, 20, tzinfo=BUCHAREST)
    compared = compare_today(until(load, now), today=today)
    assert compared is not None
    assert compared.kwh == pytest.approx(0.5 * (14 + 1 / 3))
    assert compared.reference_kwh == pytest.approx(compared.kwh)
    assert compared.change_percent == pytest.approx(0)


def test_usual_is_the_mean_of_the_seven_days_before_and_of_no_other() -> None:
    hours = hours_of_days(10)
    kw = np.select([hours.day < ordinal(2026, 1, 7), hours.day < ordinal(2026, 1, 14)], [9.0, 1.0])
    kw[hours.day == ordinal(2026, 1, 9)] = 8.0  # so that the mean is 2
    kw[hours.day == ordinal(2026, 1, 14)] = 3.0
    compared = compare_today(make_load(hours, kw), today=ordinal(2026, 1, 14))
    assert compared is not None
    assert (compared.kwh, compared.compared_kwh) == (72, 72)
    assert compared.reference_kwh == pytest.approx(48)
    assert compared.change_percent == pytest.approx(50)


@pytest.mark.parametrize("changed", ["today", "a day before"])
@pytest.mark.parametrize("date", [(2026, 3, 29), (2026, 10, 25)])
def test_clock_changes_do_not_look_like_a_change(date: tuple[int, int, int], changed: str) -> None:
    day = datetime(*date, tzinfo=BUCHAREST) + timedelta(days=0 if changed == "today" else 3)
    hours = hours_of_days(8, day - timedelta(days=7))
    load = load_of(hours, lambda _weekday, hour: 1 + hour)
    compared = compare_today(load, today=day.toordinal())
    assert compared is not None
    assert compared.change_percent == pytest.approx(0)


def test_hours_of_which_one_side_is_not_known_count_on_neither() -> None:
    hours = hours_of_days(8)
    today = hours.day == ordinal(2026, 1, 12)
    gap = np.ones(len(hours))
    gap[today & (hours.hour < 6)] = np.nan
    new = np.where(today, 1.0, np.nan)
    compared = compare_today(make_load(hours, [gap, new]), today=ordinal(2026, 1, 12))
    assert compared is not None
    assert (compared.kwh, compared.compared_kwh) == (18 + 24, 18)
    assert compared.reference_kwh == pytest.approx(18)


def test_nothing_known_of_today_is_no_comparison() -> None:
    load = load_of(hours_of_days(7), constant)
    assert compare_today(load, today=ordinal(2026, 1, 12)) is None


def test_first_day_has_no_usual() -> None:
    compared = compare_today(load_of(hours_of_days(1), constant), today=ordinal(2026, 1, 5))
    assert compared == Compared(12.0, 0.0, 0.0)
    assert compared.change_percent is None


# --- Months


def test_month_is_compared_to_the_same_day_and_time() -> None:
    before = load_of(hours_of(FEBRUARY, MARCH), lambda _weekday, _hour: 1.0)
    month = load_of(hours_of(MARCH, APRIL), lambda _weekday, _hour: 1.1)
    compared = compare_months(until(month, MARCH + timedelta(days=9, hours=6)), before)
    assert compared is not None
    assert compared.reference_kwh == pytest.approx(9 * 24 + 6)
    assert compared.change_percent == pytest.approx(10)


def test_days_that_the_other_month_has_not_have_no_counterpart() -> None:
    before = load_of(hours_of(FEBRUARY, MARCH), constant)
    march = load_of(hours_of(MARCH, APRIL), constant)
    compared = compare_months(march, before)
    assert compared is not None
    assert compared.kwh == pytest.approx((31 * 24 - 1) / 2)
    assert compared.compared_kwh == pytest.approx(28 * 12)
    assert compared.change_percent == pytest.approx(0)


def test_leap_day_has_no_counterpart_a_year_ago() -> None:
    leap = datetime(2028, 2, 1, tzinfo=BUCHAREST)
    month = load_of(hours_of(leap, datetime(2028, 3, 1, tzinfo=BUCHAREST)), constant)
    compared = compare_months(
        month, load_of(hours_of(FEBRUARY.replace(year=2027), MARCH.replace(year=2027)), constant)
    )
    assert compared is not None
    assert (compared.kwh, compared.compared_kwh) == (29 * 12, 28 * 12)


def test_month_without_another() -> None:
    hours = hours_of(MARCH, APRIL)
    nothing = make_load(hours_of(FEBRUARY, MARCH), np.full(28 * 24, np.nan))
    compared = compare_months(load_of(hours, constant), nothing)
    assert compared is not None
    assert compared.change_percent is None


# --- Base load


def test_base_load_is_the_lower_quartile_of_the_nights() -> None:
    hours = hours_of_days(20)
    newest = hours.day > ordinal(2026, 1, 24) - 14
    kw = np.where(newest, np.where(hours.hour < 5, 0.1 * (1 + hours.hour), 0.0), 0.001)
    load = make_load(hours, [kw, np.full(len(hours), 0.05)])
    # 14 nights of 0.1, 0.2, 0.3, 0.4, 0.5: the lower quartile is 0.2
    assert compute_base_load_kw(load, today=ordinal(2026, 1, 24)) == pytest.approx(0.25)


def test_base_load_takes_nights_in_which_all_sensors_are_known() -> None:
    hours = hours_of_days(14)
    half = np.where(hours.day < ordinal(2026, 1, 12), 1.0, np.nan)
    silent = np.full(len(hours), np.nan)
    load = make_load(hours, [np.ones(len(hours)), half, silent])
    assert compute_base_load_kw(load, today=ordinal(2026, 1, 18)) == pytest.approx(2.0)


def test_two_nights_are_no_base_load() -> None:
    two, three = load_of(hours_of_days(2), constant), load_of(hours_of_days(3), constant)
    assert compute_base_load_kw(two, today=ordinal(2026, 1, 6)) is None
    assert compute_base_load_kw(three, today=ordinal(2026, 1, 7)) == pytest.approx(0.5)
    assert compute_base_load_kw(two[:0], today=ordinal(2026, 1, 6)) is None


# --- Projection


@settings(deadline=None)
@given(minutes=st.integers(0, 31 * 24 * 60 - 61), kw=st.floats(0.01, 20))
def test_projection_of_a_constant_consumer_is_exact_at_any_time(minutes: int, kw: float) -> None:
    now = MARCH + timedelta(minutes=minutes)
    past = until(load_of(hours_of(MARCH - timedelta(days=30), now), lambda _w, _h: kw), now)
    month = until(load_of(hours_of(MARCH, APRIL), lambda _w, _h: kw), now)
    projection = project_month(past, month)
    assert projection is not None
    assert projection.kwh == pytest.approx(kw * (31 * 24 - 1))  # the clock is set forward
    assert projection.low_kwh == pytest.approx(projection.kwh)
    assert projection.high_kwh == pytest.approx(projection.kwh)


def test_projection_knows_the_days_of_the_week_and_fills_gaps() -> None:
    now = MARCH + timedelta(days=10)
    whole = load_of(hours_of(MARCH, APRIL), weekly)
    month = until(whole, now)
    month.kwh[:, 30:40] = month.known_h[:, 30:40] = 0
    past = load_of(hours_of(MARCH - timedelta(days=28), now), weekly)
    projection = project_month(past, month)
    assert projection is not None
    assert projection.kwh == pytest.approx(whole.total_kwh)


def test_sensor_counts_from_when_it_was_first_heard_of_and_until_it_is_gone() -> None:
    now = MARCH + timedelta(days=20)
    hours = hours_of(MARCH - timedelta(days=28), now)
    is_new, is_gone = hours.day >= MARCH.toordinal() + 10, hours.day < MARCH.toordinal() + 5
    rows = [np.where(is_new, 1.0, np.nan), np.where(is_gone, 1.0, np.nan)]
    past = make_load(hours, rows)
    whole = hours_of(MARCH, APRIL)
    month_rows = np.full((2, len(whole)), np.nan)
    month_rows[:, : 20 * 24] = past.kwh[:, -20 * 24 :]
    month_rows[:, : 20 * 24][past.known_h[:, -20 * 24 :] == 0] = np.nan
    projection = project_month(past, make_load(whole, month_rows))
    assert projection is not None
    assert projection.kwh == pytest.approx((21 * 24 - 1) + 5 * 24)


def test_range_widens_with_restless_days_and_narrows_as_the_month_passes() -> None:
    rng = np.random.default_rng(1)
    hours = hours_of(MARCH - timedelta(days=56), APRIL)
    daily = rng.normal(1.0, 0.2, 200)[hours.day - hours.day[0]]
    load = make_load(hours, daily)
    widths = []
    for days in (1, 15, 30):
        now = MARCH + timedelta(days=days)
        past = load[hours.day < now.toordinal()]
        projection = project_month(past, until(load[hours.day >= MARCH.toordinal()], now))
        assert projection is not None
        assert projection.low_kwh is not None
        assert projection.high_kwh is not None
        assert projection.low_kwh < projection.kwh < projection.high_kwh
        widths.append(projection.high_kwh - projection.low_kwh)
    assert widths == sorted(widths, reverse=True)
    # One day to come, of s about 4.8 kWh: 2 · 1.28 · s · √(1 + 1/86).
    assert widths[-1] == pytest.approx(2 * 1.2816 * 4.8, rel=0.25)


def test_range_is_the_prediction_interval_of_a_sum() -> None:
    now = MARCH + timedelta(days=21)
    hours = hours_of(MARCH - timedelta(days=28), APRIL)
    is_odd = (hours.day - hours.day[0]) // 7 % 2
    load = make_load(hours, 1 + 0.1 * is_odd)
    is_past, is_month = hours.day < now.toordinal(), hours.day >= MARCH.toordinal()
    past = load[is_past & (hours.day >= now.toordinal() - 28)]  # two odd weeks, and two even ones
    projection = project_month(past, until(load[is_month], now))
    assert projection is not None
    assert projection.low_kwh is not None
    assert projection.high_kwh is not None
    days = 10 - 1 / 24  # ten to come, of which one has 23 hours
    deviation_kwh = math.sqrt(28 * (24 * 0.05) ** 2 / (28 - 7))
    margin_kwh = 1.2815516 * deviation_kwh * math.sqrt(days + days**2 / 28)
    assert projection.high_kwh - projection.kwh == pytest.approx(margin_kwh)
    assert projection.kwh - projection.low_kwh == pytest.approx(margin_kwh)


def test_about_eight_in_ten_months_end_in_the_range() -> None:
    rng = np.random.default_rng(7)
    hours = hours_of(MARCH - timedelta(days=56), APRIL)
    now = MARCH + timedelta(days=10)
    is_past, is_month = hours.day < now.toordinal(), hours.day >= MARCH.toordinal()
    hits = 0
    for _ in range(200):
        load = make_load(hours, rng.normal(1.0, 0.2, 100)[hours.day - hours.day[0]])
        projection = project_month(load[is_past], until(load[is_month], now))
        assert projection is not None
        assert projection.low_kwh is not None
        assert projection.high_kwh is not None
        hits += projection.low_kwh <= load[is_month].total_kwh <= projection.high_kwh
    assert 140 <= hits <= 180


def test_first_days_are_no_projection_and_second_week_has_no_range() -> None:
    start = MARCH
    for days, is_there, has_range in [(6, False, False), (7, True, False), (14, True, True)]:
        now = start + timedelta(days=days)
        past = load_of(hours_of(start, now), weekly)
        projection = project_month(past, until(load_of(hours_of(MARCH, APRIL), weekly), now))
        assert (projection is not None) == is_there
        if projection:
            assert (projection.low_kwh is not None) == has_range
