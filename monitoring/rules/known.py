"""How much of the time that a sum is of is known."""

from math import ceil, floor
from typing import NamedTuple

#: How far floating point may be off, in hours or days.
_NOTHING = 1e-6

HOUR_S = 3_600
DAY_S = 24 * HOUR_S


class Count(NamedTuple):
    """So many of so many hours, or days."""

    known: int
    all: int
    unit_s: int  # HOUR_S or DAY_S


class KnownTime(NamedTuple):
    """The time that has passed of a span, and the share of it of which the energy is known.

    The share is that of all sensors of which readings are expected.
    """

    passed_s: float
    share: float

    @property
    def lacking_s(self) -> float:
        """The time of which nothing is known."""
        return (1 - self.share) * self.passed_s

    @property
    def gap(self) -> Count | None:
        """What is known, in days if a day or more is lacking, else in hours; the last has begun.

        None if less than an hour is lacking: the next reading may be on its way.

        >>> KnownTime(28 * DAY_S, 0.5).gap
        Count(known=14, all=28, unit_s=86400)
        """
        if self.lacking_s < HOUR_S:
            return None
        unit_s = DAY_S if self.lacking_s >= DAY_S else HOUR_S
        passed = ceil(self.passed_s / unit_s - _NOTHING)
        known = floor(passed - self.lacking_s / unit_s + _NOTHING)
        return Count(max(known, 0), passed, unit_s)
