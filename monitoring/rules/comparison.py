"""A client's consumption against what it was before, base load, and where the month is going.

Like is compared with like: an hour counts on both sides or on none, sensor by sensor. So a meter
that was silent, or is new, does not pass for energy saved. Formulas: ``docs/units.md``.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from monitoring.rules.columns import Booleans, Floats
from monitoring.rules.hours import (
    DAYS_A_WEEK,
    HOURS_A_DAY,
    Hours,
    Load,
    Numbers,
    mean_kw_by,
    sum_by,
)
from monitoring.rules.profile import expected_kw, is_live, make_profile, make_profile_of_live

#: The hours of the clock that are night: people sleep, and no sun heats or lights.
NIGHT_HOURS = range(5)
BASE_LOAD_DAYS = 14
BASE_LOAD_QUARTILE = 0.25
#: Fewer night hours than this (three nights) say little.
FEWEST_NIGHT_HOURS = 3 * len(NIGHT_HOURS)

#: A projection wants to have seen each day of the week; its range twice, to see them differ.
PROJECTION_DAYS = 7
RANGE_DAYS = 14
#: In so much of all cases a figure is meant to lie in its range.
RANGE_SHARE = 0.8

DAYS_OF_MONTH = 32


@dataclass(frozen=True, slots=True)
class Compared:
    """A span's energy against another's.

    ``kwh`` is all that is known of the span. ``compared_kwh`` is the part of it that the other has
    a counterpart of, which is ``reference_kwh``.
    """

    kwh: float
    compared_kwh: float
    reference_kwh: float

    @property
    def change_percent(self) -> float | None:
        """How much more it is than the reference; None where there is none."""
        if not self.reference_kwh > 0:
            return None
        return 100 * (self.compared_kwh / self.reference_kwh - 1)


@dataclass(frozen=True, slots=True)
class Projection:
    """The energy of a whole month, and between what it will lie; None: too little is known."""

    kwh: float
    low_kwh: float | None
    high_kwh: float | None


def compare_today(load: Load, *, today: int, days: int = DAYS_A_WEEK) -> Compared | None:
    """Today so far against the mean of as many days before, at the same times of the clock.

    ``today`` is a ``Hours.day``. None where nothing is known of today.
    """
    day = load.hours.day
    so_far, before = load[day == today], load[(day < today) & (day >= today - days)]
    return compare(so_far, before, so_far.hours.hour, before.hours.hour, HOURS_A_DAY)


def compare_months(load: Load, before: Load) -> Compared | None:
    """A month so far against another to the same day and time; None if nothing of it is known.

    A day that the other month does not have, as the 31st, has no counterpart.
    """
    keys = _hour_of_month(load.hours), _hour_of_month(before.hours)
    return compare(load, before, *keys, DAYS_OF_MONTH * HOURS_A_DAY)


def compute_base_load_kw(load: Load, *, today: int) -> float | None:
    """The lower quartile of the power by hour in the nights of the two weeks up to ``today``.

    Of all sensors together, in hours in which each that was heard of in these nights is known.
    None where these are fewer than ``FEWEST_NIGHT_HOURS``.
    """
    hours = load.hours
    is_night = (hours.day > today - BASE_LOAD_DAYS) & np.isin(hours.hour, NIGHT_HOURS)
    night = load[is_night]
    heard_of = night.known_h.any(axis=1)
    is_known = night.is_whole[heard_of].all(axis=0)
    if not heard_of.any() or is_known.sum() < FEWEST_NIGHT_HOURS:
        return None
    powers_kw = (night.kwh[heard_of] / night.hours.length_h).sum(axis=0)[is_known]
    return float(np.quantile(powers_kw, BASE_LOAD_QUARTILE))


def project_month(past: Load, month: Load) -> Projection | None:
    """What a month will come to: what is known of it, and the profile of ``past`` for the rest.

    ``month`` holds all hours of the month, those to come unknown; ``past`` none of the future.
    Before a sensor was first heard of, and once it is gone, it counts for nothing. None if
    ``past`` has fewer days than ``PROJECTION_DAYS``.
    """
    expected_kwh = expect_unknown(past, month)
    if expected_kwh is None:
        return None
    kwh = month.total_kwh + float(expected_kwh.sum())
    unknown_h = _unknown_h(past, month)
    margin_kwh = _margin_kwh(past, days=float(unknown_h.max(axis=0).sum()) / HOURS_A_DAY)
    if margin_kwh is None:
        return Projection(kwh, None, None)
    return Projection(kwh, max(kwh - margin_kwh, month.total_kwh), kwh + margin_kwh)


def expect_unknown(past: Load, month: Load) -> Floats | None:
    """What the profile of ``past`` gives for what is not known of each hour, in kWh.

    Of all sensors together, and by the rules of ``project_month``.
    """
    if past.known_days < PROJECTION_DAYS:
        return None
    profile = make_profile_of_live(past)
    expected: Floats = (expected_kw(profile, month.hours) * _unknown_h(past, month)).sum(axis=0)
    return expected


def _unknown_h(past: Load, month: Load) -> Floats:
    """How much of each hour of the month is still to come, or has a gap, in hours."""
    first_us = past.hours.start_us[(past.known_h > 0).argmax(axis=1)][:, np.newaxis]
    counts = (month.hours.end_us > first_us) & is_live(past)[:, np.newaxis]
    return np.where(counts, np.maximum(month.hours.length_h - month.known_h, 0.0), 0.0)


def compare(
    load: Load, before: Load, key: Numbers, key_before: Numbers, count: int
) -> Compared | None:
    """A load against another, cell by cell of the same key from 0 to ``count`` − 1.

    None if nothing of the load is known.
    """
    if not load.known_h.any():
        return None
    before_kw = mean_kw_by(before, key_before, count)[:, key]
    has_both: Booleans = np.isfinite(before_kw)
    reference_kwh = (before_kw * load.known_h).sum(where=has_both)
    return Compared(load.total_kwh, float(load.kwh.sum(where=has_both)), float(reference_kwh))


def _hour_of_month(hours: Hours) -> Numbers:
    return hours.day_of_month * HOURS_A_DAY + hours.hour


def _margin_kwh(past: Load, *, days: float) -> float | None:
    """Half the width of the range of the energy of so many days to come.

    The prediction interval of a sum of n days, each with the standard deviation s around its
    weekday's mean, which itself is estimated from N days: ``z·s·√(n + n²/N)``. It takes days for
    independent of each other and for normally distributed.
    """
    deviations_kwh = _deviations_kwh(past)
    count = len(deviations_kwh)
    if count < RANGE_DAYS:
        return None
    # Seven means, one a weekday, were estimated from the same days.
    deviation_kwh = float(np.sqrt((deviations_kwh**2).sum() / (count - DAYS_A_WEEK)))
    z = NormalDist().inv_cdf((1 + RANGE_SHARE) / 2)
    return float(z * deviation_kwh * np.sqrt(days + days**2 / count))


def _deviations_kwh(past: Load) -> Floats:
    """By how much each whole day differed from the profile, all sensors together."""
    expected_kwh = expected_kw(np.nan_to_num(make_profile(past)), past.hours) * past.known_h
    day = past.hours.day - past.hours.day[0]
    is_whole = sum_by(day, past.known_h.max(axis=0)) >= 0.9 * HOURS_A_DAY
    return sum_by(day, (past.kwh - expected_kwh).sum(axis=0))[is_whole]
