"""The average week: each sensor's mean power by hour of the week, on the client's clock.

The average of a time of the week over the weeks before is the simplest baseline that knows both
the rhythm of the day and that of the week: J. Mathieu, P. Price, S. Kiliccote, M. A. Piette,
"Quantifying Changes in Building Electricity Use, With Application to Demand Response", IEEE
Transactions on Smart Grid 2(3), 2011, of which this is the part without temperature.
"""

import numpy as np

from monitoring.rules.columns import Booleans, Floats
from monitoring.rules.hours import HOURS_A_DAY, HOURS_A_WEEK, Hours, Load, mean_kw_by

#: A sensor that is silent for longer than these days is no longer expected to use anything.
GONE_AFTER_DAYS = 7


def make_profile(load: Load) -> Floats:
    """Mean power in kW, a row a sensor and a column an hour of the week (``Hours.slot``).

    An hour of the week of which nothing is known is the sensor's mean at that time of all days,
    or else of all time; NaN where nothing at all is known of the sensor. Clock changes need no
    care: an hour that a day has twice, or not, counts twice, or not.
    """
    by_week = mean_kw_by(load, load.hours.slot, HOURS_A_WEEK)
    by_day = np.tile(mean_kw_by(load, load.hours.hour, HOURS_A_DAY), HOURS_A_WEEK // HOURS_A_DAY)
    overall = mean_kw_by(load, np.zeros(len(load.hours), np.int64), 1)
    known_best = np.where(np.isnan(by_day), overall, by_day)
    return np.where(np.isnan(by_week), known_best, by_week)


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
