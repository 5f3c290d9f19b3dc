"""How severe a peak is: by its height above the limit and by how long it lasted."""

from datetime import timedelta
from enum import Enum


class Severity(Enum):
    """From the least to the most severe."""

    MINOR = "minor"
    MODERATE = "moderate"
    SERIOUS = "serious"


#: Parts of the limit by which the highest power is above it, from which the next column counts.
HEIGHTS = (0.1, 0.5)
#: From these lengths on the next row counts.
LENGTHS = (timedelta(minutes=15), timedelta(hours=1))

_TABLE = (
    (Severity.MINOR, Severity.MINOR, Severity.MODERATE),
    (Severity.MINOR, Severity.MODERATE, Severity.SERIOUS),
    (Severity.MODERATE, Severity.SERIOUS, Severity.SERIOUS),
)


def rate(power_kw: float, limit_kw: float, *, lasted: timedelta) -> Severity:
    """The severity of a peak of this highest power (docs/units.md has the table)."""
    above = round(power_kw / limit_kw - 1, 9)
    row = sum(lasted >= length for length in LENGTHS)
    column = sum(above >= height for height in HEIGHTS)
    return _TABLE[row][column]
