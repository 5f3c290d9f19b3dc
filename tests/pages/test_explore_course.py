"""Power in steps, and the points of its line."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from devices.models import Sensor
from monitoring.history.consumption import Consumption
from monitoring.pages.explore_course import Course, get_course, make_course
from monitoring.pages.explore_page import make_steps
from monitoring.pages.explore_range import MOST_STEPS, Step, get_bounds, make_range
from monitoring.rules.instants import to_us
from monitoring.rules.intervals import Quality
from tests.conftest import NOON, Store, Summed

HOUR = timedelta(hours=1)
HOUR_US = 3_600_000_000
NAN = float("nan")
UTC_ZONE = ZoneInfo("UTC")


def make(
    kwh: list[float], *, coverage: list[float] | None = None, quality: list[Quality] | None = None
) -> Consumption:
    """Hours from noon on."""
    start_us = to_us(NOON) + HOUR_US * np.arange(len(kwh))
    known = [Quality.MISSING if value != value else Quality.MEASURED for value in kwh]  # noqa: PLR0124
    return Consumption(
        start_us,
        start_us + HOUR_US,
        np.array(kwh),
        np.array(kwh) * 2,
        np.array(coverage or [1.0] * len(kwh)),
        np.array(quality or known, np.int8),
        known=np.array(coverage or [1.0] * len(kwh)),
        expected=np.ones(len(kwh)),
    )


def test_mean_power_is_of_the_time_that_is_known() -> None:
    found = make([1.0, NAN, 1.0], coverage=[0.5, 0.0, 1.0])
    course = make_course(found, now=NOON + 3 * HOUR, is_one=True)
    assert course.mean_kw.tolist() == [2.0, 1.0]
    assert course.start_us.tolist() == [to_us(NOON), to_us(NOON + 2 * HOUR)]


def test_mean_power_of_a_sum_and_of_an_estimate_is_of_the_whole_step_up_to_now() -> None:
    found = make([1.0, 1.0], coverage=[0.5, 0.25], quality=[Quality.MEASURED, Quality.ESTIMATED])
    course = make_course(found, now=NOON + 1.5 * HOUR, is_one=False)
    assert course.mean_kw.tolist() == [1.0, 2.0]
    course = make_course(found, now=NOON + 1.5 * HOUR, is_one=True)
    assert course.mean_kw.tolist() == [2.0, 2.0]
    assert course.end_us[-1] == to_us(NOON + 1.5 * HOUR)


def test_nothing_known_is_an_empty_course() -> None:
    course = make_course(make([NAN, NAN]), now=NOON - 9 * HOUR, is_one=True)
    assert len(course) == 0
    assert course.energy_kwh(NOON, NOON + HOUR) == 0
    assert len(course.join(3)) == 0


def test_energy_of_a_part_of_a_step_is_its_share() -> None:
    course = make_course(make([1.0, 2.0, 4.0]), now=NOON + 3 * HOUR, is_one=True)
    assert course.energy_kwh(NOON + HOUR / 2, NOON + 2.25 * HOUR) == pytest.approx(0.5 + 2 + 1)


def test_joined_steps_keep_energy_and_the_highest_power() -> None:
    course = make_course(make([1.0, 3.0, 2.0]), now=NOON + 3 * HOUR, is_one=True).join(2)
    assert course.mean_kw.tolist() == [2.0, 2.0]
    assert course.highest_kw.tolist() == [6.0, 4.0]
    assert course.kwh.tolist() == [4.0, 2.0]


def test_a_line_keeps_each_value_until_the_next_and_breaks_at_gaps() -> None:
    start_us = np.array([0, 1000, 5000], np.int64) * 1000
    end_us = np.array([1000, 2000, 6000], np.int64) * 1000
    assert make_steps(start_us, end_us, np.array([1.0, 2.0, 3.0])) == [
        (0, 1.0),
        (1000, 2.0),
        (2000, 2.0),
        (2000, None),
        (5000, 3.0),
        (6000, 3.0),
    ]
    assert make_steps(start_us, end_us, np.array([NAN, NAN, NAN])) == []


def get(meter: Sensor, step: Step, *, hours: float = 24) -> Course:
    shown = make_range(NOON, NOON + hours * HOUR, get_bounds(sensors=1))
    return get_course([meter.pk], shown=shown, step=step, now=NOON + 30 * HOUR, zone=UTC_ZONE)


@pytest.mark.django_db
def test_each_step_tells_the_same_energy(meter: Sensor, store: Store, summed: Summed) -> None:
    store(meter, *((minute, 100 + minute / 30) for minute in range(0, 1441, 10)))
    summed()
    for step in Step:
        course = get(meter, step)
        assert course.kwh.sum() == pytest.approx(48.0)
        assert course.mean_kw == pytest.approx(2.0)


@pytest.mark.django_db
def test_steps_are_few_with_a_reading_every_ten_seconds(meter: Sensor, store: Store) -> None:
    store(meter, *((second / 60, 100 + second / 3600) for second in range(0, 86_400, 10)))
    assert len(get(meter, Step.READING)) <= MOST_STEPS
    assert len(get(meter, Step.READING, hours=1)) == 404  # with margins, each reading
