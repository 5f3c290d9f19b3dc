"""Days of a year that differ: each gets its share of the year's energy by its weight.

A calendar year's energy is the mean times its days, always. So the register at any midnight is
known from the days of its own year, and not from all the years before.
"""

from abc import ABC, abstractmethod
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate
from random import Random

from sensor_sim.parts import Part
from sensor_sim.profile import EPOCH, check_mean


class YearlyDays(ABC):
    """The days of what is named by ``key``: equal arguments give equal energy, always.

    Raises ``ValueError`` if the mean is not a positive finite number.
    """

    def __init__(self, key: str, *, mean_kwh_per_day: float) -> None:
        check_mean(mean_kwh_per_day)
        self._key = key
        self._mean_kwh = mean_kwh_per_day
        self._kwh_before_days = lru_cache(maxsize=3)(self._sum_year)

    @abstractmethod
    def weight(self, day: date) -> float:
        """How much the day uses beside the other days of its year; above 0."""

    @abstractmethod
    def parts(self, day: date, energy_kwh: float) -> tuple[Part, ...]:
        """What a day is made of that uses ``energy_kwh`` together."""

    def energy_kwh_before(self, day: date) -> float:
        """Energy from ``EPOCH``'s day to the midnight before ``day``, in kWh; it never falls."""
        new_year = date(day.year, 1, 1)
        before_kwh = self._mean_kwh * (new_year - EPOCH.date()).days
        return before_kwh + self._kwh_before_days(day.year)[(day - new_year).days]

    def _sum_year(self, year: int) -> list[float]:
        """For each day of the year the energy of those before it, in kWh."""
        first = date(year, 1, 1)
        count = (date(year + 1, 1, 1) - first).days
        weights = [self.weight(first + timedelta(days=number)) for number in range(count)]
        scale_kwh = self._mean_kwh * count / sum(weights)
        return list(accumulate((weight * scale_kwh for weight in weights[:-1]), initial=0.0))

    def _random(self, purpose: str) -> Random:
        return Random(f"{self._key} {purpose}")
