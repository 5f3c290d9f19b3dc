"""What the meters of the history have counted: a formula, so that every answer can be checked.

A meter sends its register each quarter of an hour, some minutes past it. There are two kinds of
household; all meters of one kind show the same, but for what they stood at in the beginning.
"""

import numpy as np

from bench.messages import INTERVAL_US
from monitoring.rules.columns import Floats, Instants

#: How long after the full quarter hour the meters of each kind send.
PAST_US = (200_000_000, 700_000_000)
_MEAN_KW = (0.35, 0.6)
_HOURS_A_DAY = 24
_HOURS_A_YEAR = 8766
_US_PER_HOUR = 3_600_000_000
_JITTER_KWH = 0.01


def times_us(kind: int, start_us: int, end_us: int) -> Instants:
    """When a meter sends in ``[start_us, end_us)``: UTC microseconds."""
    past_us = PAST_US[kind]
    first = -(-(start_us - past_us) // INTERVAL_US)
    end = -(-(end_us - past_us) // INTERVAL_US)
    return np.arange(first, end, dtype=np.int64) * INTERVAL_US + past_us


def register_kwh(kind: int, at_us: Instants) -> Floats:
    """The register at times of ``times_us``, in whole watt-hours as meters show; it always rises.

    The integral of a mean power that swings with the day and the year, and some noise.
    """
    hours = at_us / _US_PER_HOUR
    mean_kw = _MEAN_KW[kind]
    day = _swing(hours, _HOURS_A_DAY) * 0.5 * mean_kw
    year = _swing(hours, _HOURS_A_YEAR) * 0.25 * mean_kw
    # Less than half of what the least power adds in a quarter of an hour.
    noise = (at_us // INTERVAL_US * 7_919 + kind) % 1_000 / 1_000 * _JITTER_KWH
    kwh: Floats = np.round(mean_kw * hours + day + year + noise, 3)
    return kwh


def interpolated_kwh(kind: int, at_us: Instants) -> Floats:
    """The register at any time, linear between the two readings around it."""
    around_us = times_us(kind, int(at_us.min()) - INTERVAL_US, int(at_us.max()) + 2 * INTERVAL_US)
    found: Floats = np.interp(at_us, around_us, register_kwh(kind, around_us))
    return found


def _swing(hours: Floats, period_hours: float) -> Floats:
    """The integral of a sine with this period."""
    turn = 2 * np.pi / period_hours
    swing: Floats = (1 - np.cos(hours * turn)) / turn
    return swing
