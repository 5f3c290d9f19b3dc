"""The likely cause of a peak, by the meter's own pattern of the week. A guess, and told as one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

#: Days of the weeks before that have to be known.
LEAST_KNOWN_DAYS = 7
#: Of the last 28 days with the peak's own, on how many there was a peak if the limit is too low.
OFTEN_DAYS = 14
DAYS_LOOKED_AT = 28
#: The part of its limit that a meter usually has at that time, if that is the cause.
NEAR_THE_LIMIT = 0.8
LONG = timedelta(hours=2)


class Cause(Enum):
    """What it likely was."""

    UNKNOWN = "unknown"
    LOW_LIMIT = "low_limit"
    USUAL_LOAD = "usual_load"
    LONG_LOAD = "long_load"
    ADDED_LOAD = "added_load"


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a meter usually does, from the weeks before a peak.

    ``usual_kw`` is its mean power in the hour of the week in which the peak began; None if unknown.
    ``peak_days`` are those with a peak among the ``DAYS_LOOKED_AT`` up to the peak's own.
    """

    usual_kw: float | None
    known_days: int
    peak_days: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """The likely cause of a peak that began ``at`` (in its reader's zone), with what it is told by.

    ``added_kw`` is what came on top of ``usual_kw``, the meter's mean power at that time of the
    week; both are None where that is not known.
    """

    cause: Cause
    at: datetime
    usual_kw: float | None
    added_kw: float | None
    peak_days: int


def find_cause(*, limit_kw: float, lasted: timedelta, pattern: Pattern) -> Cause:
    """The first cause that fits (docs/units.md has the table)."""
    if pattern.peak_days >= OFTEN_DAYS:
        return Cause.LOW_LIMIT
    if pattern.usual_kw is None or pattern.known_days < LEAST_KNOWN_DAYS:
        return Cause.UNKNOWN
    if pattern.usual_kw >= NEAR_THE_LIMIT * limit_kw:
        return Cause.USUAL_LOAD
    return Cause.LONG_LOAD if lasted >= LONG else Cause.ADDED_LOAD
