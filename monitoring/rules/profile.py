"""The average week: each sensor's mean power by hour of the week, on the client's clock.

The average of a time of the week over the weeks before is the simplest baseline that knows both
the rhythm of the day and that of the week: J. Mathieu, P. Price, S. Kiliccote, M. A. Piette,
"Quantifying Changes in Building Electricity Use, With Application to Demand Response", IEEE
Transactions on Smart Grid 2(3), 2011, of which this is the part without temperature.
"""

from dataclasses import dataclass

import numpy as np

from monitoring.rules.columns import Booleans, Floats
from monitoring.rules.hours import (
    DAYS_A_WEEK,
    HOURS_A_DAY,
    HOURS_A_WEEK,
    Hours,
    Load,
    divide,
    sum_rows_by,
)

#: A sensor that is silent for longer than these days is no longer expected to use anything.
GONE_AFTER_DAYS = 7


@dataclass(frozen=True, slots=True)
class WeekSums:
    """Energy and known time of each sensor by hour of the week: what profiles are made of.

    The sums of two loads are added, so that a profile can follow as days pass.
    """

    kwh: Floats
    known_h: Floats

    @classmethod
    def of(cls, load: Load) -> "WeekSums":
        """The sums of a load."""
        slot = load.hours.slot
        return cls(
            sum_rows_by(slot, load.kwh, HOURS_A_WEEK), sum_rows_by(slot, load.known_h, HOURS_A_WEEK)
        )

    def __add__(self, other: "WeekSums") -> "WeekSums":
        return WeekSums(self.kwh + other.kwh, self.known_h + other.known_h)

    def make_profile(self) -> Floats:
        """As the function ``make_profile``."""
        by_week = divide(self.kwh, self.known_h)
        shape = (len(self.kwh), DAYS_A_WEEK, HOURS_A_DAY)
        kwh, known_h = self.kwh.reshape(shape).sum(axis=1), self.known_h.reshape(shape).sum(axis=1)
        by_day = np.tile(divide(kwh, known_h), DAYS_A_WEEK)
        overall = divide(kwh.sum(axis=1), known_h.sum(axis=1))[:, np.newaxis]
        known_best = np.where(np.isnan(by_day), overall, by_day)
        return np.where(np.isnan(by_week), known_best, by_week)


def make_profile(load: Load) -> Floats:
    """Mean power in kW, a row a sensor and a column an hour of the week (``Hours.slot``).

    An hour of the week of which nothing is known is the sensor's mean at that time of all days,
    or else of all time; NaN where nothing at all is known of the sensor. Clock changes need no
    care: an hour that a day has twice, or not, counts twice, or not.
    """
    return WeekSums.of(load).make_profile()


def make_profile_of_live(load: Load) -> Floats:
    """The profile for hours to come: of sensors that are gone, or were never heard of, 0."""
    profile = make_profile(load)
    return np.where(is_live(load)[:, np.newaxis], np.nan_to_num(profile), 0.0)


def is_live(load: Load) -> Booleans:
    """Which sensors were heard of in the last ``GONE_AFTER_DAYS`` of the load."""
    if not len(load.hours):
        return np.zeros(len(load.kwh), np.bool_)
    lately = load[load.hours.day > load.hours.day[-1] - GONE_AFTER_DAYS]
    live: Booleans = np.any(lately.known_h > 0, axis=1)
    return live


def expected_kw(profile: Floats, hours: Hours) -> Floats:
    """What the profile says of these hours: a row a sensor, a column an hour."""
    expected: Floats = profile[:, hours.slot]
    return expected
