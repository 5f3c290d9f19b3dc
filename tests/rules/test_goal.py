"""A month beside its goal."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from monitoring.rules.goal import GoalCourse, make_goal_course
from monitoring.rules.hours import extend, make_load
from monitoring.rules.instants import to_us
from tests.rules.loads import BUCHAREST, hours_of, load_of

FEBRUARY = datetime(2026, 2, 1, tzinfo=BUCHAREST)
MARCH = datetime(2026, 3, 1, tzinfo=BUCHAREST)
APRIL = datetime(2026, 4, 1, tzinfo=BUCHAREST)
MAY = datetime(2026, 5, 1, tzinfo=BUCHAREST)


def make(
    now: datetime, *, goal_kwh: float = 900.0, since: datetime = FEBRUARY, gap_days: int = 0
) -> GoalCourse:
    """A sensor with 1 kW, as of ``now``; the first ``gap_days`` of its month are not known."""
    first = now.replace(day=1, hour=0, minute=0)
    end = (first + timedelta(days=32)).replace(day=1)
    past = load_of(hours_of(since, now), lambda _weekday, _hour: 1.0)
    in_gap = (past.hours.day >= first.toordinal()) & (past.hours.day < first.toordinal() + gap_days)
    past = make_load(past.hours, np.where(in_gap, np.nan, past.kwh))
    month = past[past.hours.day >= first.toordinal()]
    month = extend(month, hours_of(now, end)) if now < end else month
    return make_goal_course(goal_kwh=goal_kwh, past=past, month=month, now_us=to_us(now))


def test_course_of_an_april() -> None:
    course = make(APRIL + timedelta(days=10))
    assert course.known_kwh == pytest.approx(240)
    assert course.left_kwh == pytest.approx(660)
    assert course.rest_days == pytest.approx(20)
    assert course.allowed_kwh_a_day == pytest.approx(33)
    assert course.projection is not None
    assert course.projection.kwh == pytest.approx(720)
    assert (course.is_exceeded, course.is_expected_above) == (False, False)
    days = course.days
    assert len(days.day) == 30
    assert np.nansum(days.known_kwh) == pytest.approx(240)
    assert np.isnan(days.known_kwh[10:]).all()
    np.testing.assert_allclose(days.course_kwh, 24.0 * np.arange(1, 31))
    np.testing.assert_allclose(days.even_kwh, 30.0 * np.arange(1, 31))


def test_what_is_not_known_is_expected_and_counts() -> None:
    course = make(APRIL + timedelta(days=10), gap_days=4)
    assert course.known_kwh == pytest.approx(144)
    assert course.gap_kwh == pytest.approx(96)
    assert course.left_kwh == pytest.approx(660)
    assert course.known.share == pytest.approx(0.6)
    assert np.isnan(course.days.known_kwh[:4]).all()
    assert course.days.course_kwh[-1] == pytest.approx(720)


@pytest.mark.parametrize(
    ("goal_kwh", "is_exceeded", "is_expected_above", "allowed"),
    [(719.0, False, True, 23.95), (240.0, False, True, 0.0), (239.0, True, True, 0.0)],
)
def test_above(goal_kwh: float, is_exceeded: bool, is_expected_above: bool, allowed: float) -> None:
    course = make(APRIL + timedelta(days=10), goal_kwh=goal_kwh)
    assert (course.is_exceeded, course.is_expected_above) == (is_exceeded, is_expected_above)
    assert course.allowed_kwh_a_day == pytest.approx(allowed)


def test_too_few_days_expect_nothing() -> None:
    course = make(APRIL + timedelta(days=3), since=APRIL)
    assert (course.gap_kwh, course.projection, course.is_expected_above) == (None, None, None)
    assert course.left_kwh == pytest.approx(900 - 72)
    assert course.days.course_kwh[-1] == pytest.approx(72)


def test_a_month_whose_clock_changes_has_another_length() -> None:
    course = make(MARCH + timedelta(days=10))
    assert course.rest_days == pytest.approx(21 - 1 / 24)
    assert course.days.even_kwh[-1] == pytest.approx(900)
    assert len(course.days.day) == 31


def test_at_the_very_end_nothing_is_left_to_spread() -> None:
    assert make(MAY - timedelta(minutes=30)).allowed_kwh_a_day is None
