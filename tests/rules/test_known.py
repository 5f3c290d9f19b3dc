"""How a sum's missing part is counted."""

import numpy as np
import pytest

from monitoring.rules.hours import make_load
from monitoring.rules.known import DAY_S, HOUR_S, KnownTime
from tests.rules.loads import hours_of_days

NAN = float("nan")


@pytest.mark.parametrize(
    ("passed_s", "lacking_s", "gap"),
    [
        (28 * DAY_S, 14 * DAY_S, (14, 28, DAY_S)),
        (28 * DAY_S, 3599, None),
        (28 * DAY_S, 2 * HOUR_S, (670, 672, HOUR_S)),
        (27.6 * DAY_S, DAY_S, (27, 28, DAY_S)),
        (14.3 * HOUR_S, 4 * HOUR_S, (11, 15, HOUR_S)),
        (1.2 * HOUR_S, 1.1 * HOUR_S, (0, 2, HOUR_S)),
        (14 * HOUR_S, 0, None),
        (0, 0, None),
    ],
)
def test_gap(passed_s: float, lacking_s: float, gap: tuple[int, int, int] | None) -> None:
    share = 1 - lacking_s / passed_s if passed_s else 1
    assert KnownTime(passed_s, share).gap == gap


def test_known_time_of_a_load_is_of_what_is_expected() -> None:
    """Of two sensors one fell silent after a day of two, of the other no more was expected."""
    hours = hours_of_days(2)
    first_day = hours.day == hours.day[0]
    one_day = np.where(first_day, 1.0, NAN)
    expected_h = [np.ones(48), np.where(first_day, 1.0, 0.0)]
    load = make_load(hours, [one_day, one_day], expected_h=expected_h)
    assert load.known_time == pytest.approx((2 * DAY_S, 48 / 72))
    assert load.pick(np.array([1])).known_time == pytest.approx((DAY_S, 1))
