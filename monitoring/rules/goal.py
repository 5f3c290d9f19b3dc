"""How a month goes beside the energy that a client means to use in it. Formulas: docs/units.md."""

from dataclasses import dataclass

import numpy as np

from monitoring.rules.columns import Floats
from monitoring.rules.comparison import Projection, expect_unknown, project_month
from monitoring.rules.hours import Load, Numbers, sum_by
from monitoring.rules.known import KnownTime

US_PER_DAY = 86_400_000_000
#: With less than this left of a month, a mean of a day says nothing.
SHORTEST_REST_DAYS = 1 / 24


@dataclass(frozen=True, slots=True)
class Days:
    """A month day by day: ``day`` is the ordinal of the date, the others are kWh."""

    day: Numbers
    known_kwh: Floats  # NaN: nothing is known of it, as of days to come
    course_kwh: Floats  # known and, where it is not, expected, from the first of the month on
    even_kwh: Floats  # the goal, spread evenly over the month, to the end of the day


@dataclass(frozen=True, slots=True)
class GoalCourse:
    """A month so far, what is left of the goal, and what is expected.

    ``gap_kwh`` is what was probably used in the time that has passed and is not known; None, as
    ``projection``, where too few days are known to expect anything.
    """

    goal_kwh: float
    known_kwh: float
    known: KnownTime
    gap_kwh: float | None
    rest_days: float
    projection: Projection | None
    days: Days

    @property
    def left_kwh(self) -> float:
        """What is left of the goal; negative once it is exceeded."""
        return self.goal_kwh - self.known_kwh - (self.gap_kwh or 0.0)

    @property
    def is_exceeded(self) -> bool:
        """Whether what is known is already more than the goal."""
        return self.known_kwh > self.goal_kwh

    @property
    def allowed_kwh_a_day(self) -> float | None:
        """What may be used in 24 hours to stay under the goal; None at the very end."""
        if self.rest_days < SHORTEST_REST_DAYS:
            return None
        return max(self.left_kwh, 0.0) / self.rest_days

    @property
    def is_expected_above(self) -> bool | None:
        """Whether the month is expected to end above the goal; None where nobody can tell."""
        return None if self.projection is None else self.projection.kwh > self.goal_kwh


def make_goal_course(*, goal_kwh: float, past: Load, month: Load, now_us: int) -> GoalCourse:
    """The course of a month as of ``now_us`` (UTC microseconds).

    ``month`` holds all hours of the month, those to come unknown; ``past`` none of the future, and
    some weeks before the month to learn from.
    """
    expected_kwh = expect_unknown(past, month)
    has_passed = month.hours.end_us <= now_us
    projection = project_month(past, month)
    gap_kwh = None if expected_kwh is None else float(expected_kwh[has_passed].sum())
    return GoalCourse(
        goal_kwh=goal_kwh,
        known_kwh=month.total_kwh,
        known=month[month.hours.start_us < now_us].known_time,
        gap_kwh=gap_kwh,
        rest_days=max(int(month.hours.end_us[-1]) - now_us, 0) / US_PER_DAY,
        projection=projection,
        days=_make_days(goal_kwh, month, expected_kwh),
    )


def _make_days(goal_kwh: float, month: Load, expected_kwh: Floats | None) -> Days:
    place = month.hours.day - month.hours.day[0]
    known_kwh = sum_by(place, month.kwh.sum(axis=0))
    is_known = sum_by(place, month.known_h.sum(axis=0)) > 0
    unknown_kwh = np.zeros(len(known_kwh)) if expected_kwh is None else sum_by(place, expected_kwh)
    passed = np.cumsum(sum_by(place, month.hours.length_h))
    return Days(
        month.hours.day[0] + np.arange(len(known_kwh)),
        np.where(is_known, known_kwh, np.nan),
        np.cumsum(known_kwh + unknown_kwh),
        goal_kwh * passed / passed[-1],
    )
