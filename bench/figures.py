"""Medians, ratios and percentiles: pure arithmetic."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


def ratios(values: Sequence[float], references: Sequence[float]) -> list[float]:
    """Value by reference, round by round. Raises ``ValueError`` unless both have every round."""
    return [value / reference for value, reference in zip(values, references, strict=True)]


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least ``percent`` per cent of all do not exceed (nearest rank).

    Raises ``ValueError`` without values.
    """
    if not values or not 0 < percent <= 100:
        raise ValueError("a percentile needs values, and a percentage above 0 and up to 100")
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]


@dataclass(frozen=True)
class Figure:
    """One quantity, measured once a round."""

    label: str
    unit: str
    values: Sequence[float]
    #: What is to be reached; None on a side that is open.
    at_least: float | None = None
    at_most: float | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def has_target(self) -> bool:
        return self.at_least is not None or self.at_most is not None

    @property
    def is_reached(self) -> bool:
        """Whether the median meets the target; True without one."""
        at_least = -math.inf if self.at_least is None else self.at_least
        at_most = math.inf if self.at_most is None else self.at_most
        return at_least <= self.median <= at_most

    def as_json(self) -> dict[str, object]:
        """Median, spread and every value."""
        return {
            "label": self.label,
            "unit": self.unit,
            "median": self.median,
            "min": min(self.values),
            "max": max(self.values),
            "values": list(self.values),
        }
