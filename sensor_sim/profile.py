"""An electric load: power in kW as a function of time, and the energy under it.

Everything is a function of (arguments, time) alone, so a simulation that is stopped and started
again with the same options goes on exactly where it was. How energy falls on days is told by
``Days``: ``steady.py`` knows a household without seasons, ``households.py`` those with.
"""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Protocol

from sensor_sim.parts import HOURS_PER_DAY, Part

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""The registers' zero point; no reading before it is valid on the wire either."""


class Load(Protocol):
    """Something that uses electricity."""

    def energy_kwh_at(self, at: datetime) -> float:
        """Energy used from a fixed instant to ``at``, in kWh; it never falls."""

    def power_kw_at(self, at: datetime) -> float:
        """Momentary power in kW: the derivative of ``energy_kwh_at``."""


class Days(Protocol):
    """How energy falls on local days, and a day's energy on its parts."""

    def energy_kwh_before(self, day: date) -> float:
        """Energy from ``EPOCH``'s day to the midnight before ``day``, in kWh; it never falls."""

    def parts(self, day: date, energy_kwh: float) -> tuple[Part, ...]:
        """What a day is made of that uses ``energy_kwh`` together."""


@dataclass(frozen=True)
class DayLoad:
    """One local day.

    Its parts count in nominal hours from 0 to 24, which are stretched over the 23 or 25 hours of a
    day on which the clocks change.
    """

    starts_at: datetime
    ends_at: datetime
    energy_before_kwh: float
    parts: tuple[Part, ...]

    def covers(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at

    def energy_kwh_at(self, at: datetime) -> float:
        hour = self._nominal_hour(at)
        return self.energy_before_kwh + sum(part.energy_until(hour) for part in self.parts)

    def power_kw_at(self, at: datetime) -> float:
        hour = self._nominal_hour(at)
        stretch = (self.ends_at - self.starts_at) / timedelta(days=1)
        return sum(part.power_at(hour) for part in self.parts) / stretch

    def _nominal_hour(self, at: datetime) -> float:
        return HOURS_PER_DAY * ((at - self.starts_at) / (self.ends_at - self.starts_at))


class LoadProfile:
    """The load of ``days`` at a place: ``timezone`` decides when morning is."""

    def __init__(self, days: Days, *, timezone: tzinfo = UTC) -> None:
        self._days = days
        self._timezone = timezone
        self._last_day: DayLoad | None = None

    def energy_kwh_at(self, at: datetime) -> float:
        """Energy used from ``EPOCH``'s local day to ``at``, in kWh; it never falls."""
        return self._day_at(at).energy_kwh_at(at)

    def power_kw_at(self, at: datetime) -> float:
        """Momentary power in kW: the derivative of ``energy_kwh_at``."""
        return self._day_at(at).power_kw_at(at)

    def _day_at(self, at: datetime) -> DayLoad:
        day = self._last_day
        if day is None or not day.covers(at):
            day = self._last_day = self._day_load(self._local_date(at))
        return day

    def _local_date(self, at: datetime) -> date:
        """The day whose midnights enclose ``at``: where clocks change at midnight, the local
        date can fall back to yesterday's for an hour, but the register must not.
        """
        utc_date = at.astimezone(UTC).date()
        if at < self._midnight(utc_date):
            return utc_date - timedelta(days=1)
        if at >= self._midnight(utc_date + timedelta(days=1)):
            return utc_date + timedelta(days=1)
        return utc_date

    def _midnight(self, local_date: date) -> datetime:
        return datetime.combine(local_date, time(), self._timezone).astimezone(UTC)

    def _day_load(self, local_date: date) -> DayLoad:
        next_date = local_date + timedelta(days=1)
        before_kwh = self._days.energy_kwh_before(local_date)
        energy_kwh = self._days.energy_kwh_before(next_date) - before_kwh
        return DayLoad(
            starts_at=self._midnight(local_date),
            ends_at=self._midnight(next_date),
            energy_before_kwh=before_kwh,
            parts=self._days.parts(local_date, energy_kwh),
        )


@dataclass(frozen=True)
class LoadSum:
    """Several loads behind one meter."""

    loads: tuple[Load, ...]

    def energy_kwh_at(self, at: datetime) -> float:
        """Energy used by all of them, in kWh; it never falls."""
        return sum(load.energy_kwh_at(at) for load in self.loads)

    def power_kw_at(self, at: datetime) -> float:
        """Momentary power of all of them, in kW."""
        return sum(load.power_kw_at(at) for load in self.loads)


def check_mean(mean_kwh_per_day: float) -> None:
    """Raises ``ValueError`` if the mean is not a positive finite number."""
    if not (math.isfinite(mean_kwh_per_day) and mean_kwh_per_day > 0):
        raise ValueError("the mean energy of a day must be greater than 0 kWh")
