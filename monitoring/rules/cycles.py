"""Periods laid over each other: which hour or bar of one belongs to which of the one before.

A day is laid over the day before by the hour of the clock, a week by the weekday, a month by the
day of the month, a year by the date. What has no counterpart, as a 31st or a 29 February, is left
without. Formulas: ``docs/units.md``.
"""

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum

import numpy as np

from monitoring.rules.columns import Floats
from monitoring.rules.comparison import Compared, compare
from monitoring.rules.hours import (
    DAYS_A_WEEK,
    HOURS_A_DAY,
    Hours,
    Load,
    Numbers,
    divide,
    sum_by,
)

DAYS_OF_MONTH = 32
MONTHS_OF_YEAR = 13


class Cycle(StrEnum):
    """After how long it begins again."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


def _day_of_year(hours: Hours) -> Numbers:
    """The month and the day of the month as one number: a 1 March is one in each year."""
    dates = [date.fromordinal(ordinal) for ordinal in hours.day.tolist()]
    return np.array([day.month * DAYS_OF_MONTH + day.day for day in dates], np.int64)


#: Where in its cycle an hour is, and below which number that is. A year is laid by whole days.
_PLACES: Mapping[Cycle, tuple[Callable[[Hours], Numbers], int]] = {
    Cycle.DAY: (lambda hours: hours.hour, HOURS_A_DAY),
    Cycle.WEEK: (lambda hours: hours.slot, DAYS_A_WEEK * HOURS_A_DAY),
    Cycle.MONTH: (
        lambda hours: hours.day_of_month * HOURS_A_DAY + hours.hour,
        DAYS_OF_MONTH * HOURS_A_DAY,
    ),
    Cycle.YEAR: (_day_of_year, MONTHS_OF_YEAR * DAYS_OF_MONTH),
}


def compare_cycles(load: Load, before: Load, cycle: Cycle) -> Compared | None:
    """A period so far against the one before, where both are known; None if nothing of it is.

    Both in hours, but for a year, which may be in days. Sensor by sensor: each hour counts on both
    sides or on none, with the mean power of its counterpart by the time that is known of it.
    """
    place, count = _PLACES[cycle]
    return compare(load, before, place(load.hours), place(before.hours), count)


def lay_over(kwh: Floats, keys_before: Numbers, keys: Numbers, *, is_mean: bool) -> Floats:
    """What was used before at the places ``keys``, in kWh; NaN where nothing is known.

    ``kwh`` are values at ``keys_before``, of which those at one place are summed; or, with
    ``is_mean``, their mean is taken: that of an hour that the clock repeats.
    """
    is_known = np.isfinite(kwh)
    count = int(max(keys.max(initial=0), keys_before.max(initial=0))) + 1
    sums = sum_by(keys_before[is_known], kwh[is_known], count)
    counts = sum_by(keys_before[is_known], np.ones(int(is_known.sum())), count)
    found: Floats = divide(sums, counts if is_mean else np.minimum(counts, 1))[keys]
    return found
