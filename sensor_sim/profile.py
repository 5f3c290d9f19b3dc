"""A household's electric load: power in kW as a function of time, and the energy under it.

Everything is a closed formula of (key, time): the energy of all the days since ``EPOCH`` is known
without walking through them, so a simulation that is stopped and started again with the same
options goes on exactly where it was.

The sum of the days up to a midnight is ``mean × (days + weekly pattern + wobble)`` with a bounded
wobble; a day's energy is the difference of two such sums. Within the day appliances run at their
own power; what is left of the day's energy follows a smooth curve: a night base load and bulges.
"""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import accumulate
from random import Random

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""The registers' zero point; no reading before it is valid on the wire either."""

HOURS_PER_DAY = 24.0
DAY_WOBBLE = 0.1
"""How far, in days' energy, the register may be from its mean at a midnight."""
WEEKDAY_SHARES = (0.96, 0.94, 0.95, 0.95, 0.98, 1.12, 1.10)
"""A day's share of the mean, Monday first; they sum to 7."""
WEEKDAY_OFFSETS = tuple(accumulate((share - 1 for share in WEEKDAY_SHARES), initial=0.0))[:7]
APPLIANCES_MAX_SHARE = 0.6
"""In a small household appliances are scaled down, so that the base load never vanishes."""


@dataclass(frozen=True)
class Bulge:
    """A bell-shaped part of the base load: its share of the day's energy, and when (hours)."""

    share: float
    centre_hour: float
    width_hours: float

    def energy_until(self, hour: float) -> float:
        z = (hour - self.centre_hour) / (self.width_hours * math.sqrt(2))
        return self.share * (1 + math.erf(z)) / 2

    def power_at(self, hour: float) -> float:
        z = (hour - self.centre_hour) / self.width_hours
        return self.share * math.exp(-z * z / 2) / (self.width_hours * math.sqrt(2 * math.pi))


NIGHT_SHARE = 0.45
WEEKDAY_BULGES = (Bulge(0.17, 7.2, 0.9), Bulge(0.38, 19.3, 2.0))
WEEKEND_BULGES = (Bulge(0.27, 10.5, 2.2), Bulge(0.28, 19.0, 2.2))


@dataclass(frozen=True)
class Appliance:
    """Something switched on for a while, once on a day with probability ``chance``.

    The hours in which appliances start do not overlap, which bounds the household's power.
    """

    name: str
    power_kw: float
    duration_hours: float
    between_hours: tuple[float, float]
    chance: float


APPLIANCES = (
    Appliance("kettle", 2.0, 3 / 60, (6.5, 8.0), 0.95),
    Appliance("washing machine", 1.1, 1.0, (9.0, 13.5), 0.35),
    Appliance("kettle", 2.0, 4 / 60, (15.0, 16.5), 0.7),
    Appliance("oven", 1.6, 0.7, (17.0, 19.0), 0.65),
    Appliance("dishwasher", 1.2, 0.8, (20.0, 22.5), 0.5),
)
FRIDGE_KW, FRIDGE_PERIOD_HOURS, FRIDGE_ON_HOURS = 0.09, 0.75, 0.25


@dataclass(frozen=True)
class Run:
    """One run of an appliance on a given day."""

    starts_hour: float
    duration_hours: float
    power_kw: float

    def energy_until(self, hour: float) -> float:
        return self.power_kw * min(max(hour - self.starts_hour, 0.0), self.duration_hours)

    def power_at(self, hour: float) -> float:
        on = self.starts_hour <= hour < self.starts_hour + self.duration_hours
        return self.power_kw if on else 0.0


@dataclass(frozen=True)
class Fridge:
    """Cycles all day long; a whole number of cycles fits into a day."""

    phase_hours: float
    power_kw: float = FRIDGE_KW

    def energy_until(self, hour: float) -> float:
        return self.power_kw * (self._on_hours(hour) - self._on_hours(0.0))

    def power_at(self, hour: float) -> float:
        on = (hour + self.phase_hours) % FRIDGE_PERIOD_HOURS < FRIDGE_ON_HOURS
        return self.power_kw if on else 0.0

    def _on_hours(self, hour: float) -> float:
        cycles, rest = divmod(hour + self.phase_hours, FRIDGE_PERIOD_HOURS)
        return cycles * FRIDGE_ON_HOURS + min(rest, FRIDGE_ON_HOURS)


@dataclass(frozen=True)
class BaseLoad:
    """The smooth rest: constant at night, with bulges in the waking hours."""

    energy_kwh: float
    bulges: tuple[Bulge, ...]

    def energy_until(self, hour: float) -> float:
        return self._scale_kwh * (self._share_until(hour) - self._share_until(0.0))

    def power_at(self, hour: float) -> float:
        shares = NIGHT_SHARE / HOURS_PER_DAY + sum(bulge.power_at(hour) for bulge in self.bulges)
        return self._scale_kwh * shares

    @property
    def _scale_kwh(self) -> float:
        return self.energy_kwh / (self._share_until(HOURS_PER_DAY) - self._share_until(0.0))

    def _share_until(self, hour: float) -> float:
        night = NIGHT_SHARE * hour / HOURS_PER_DAY
        return night + sum(bulge.energy_until(hour) for bulge in self.bulges)


@dataclass(frozen=True)
class DayLoad:
    """One local day of a household.

    Its parts count in nominal hours from 0 to 24, which are stretched over the 23 or 25 hours of a
    day on which the clocks change.
    """

    starts_at: datetime
    ends_at: datetime
    energy_before_kwh: float
    parts: tuple[BaseLoad | Fridge | Run, ...]

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
    """The load of the household named by ``key``: equal arguments give equal energy, always.

    ``mean_kwh_per_day`` is the long-term mean; ``timezone`` decides when morning is.
    Raises ``ValueError`` if the mean is not a positive finite number.
    """

    def __init__(self, key: str, *, mean_kwh_per_day: float, timezone: tzinfo = UTC) -> None:
        if not (math.isfinite(mean_kwh_per_day) and mean_kwh_per_day > 0):
            raise ValueError("the mean energy of a day must be greater than 0 kWh")
        self._key = key
        self._mean_kwh = mean_kwh_per_day
        self._timezone = timezone
        self._fridge_phase_hours = self._random("fridge").uniform(0, FRIDGE_PERIOD_HOURS)
        self._last_day = self._day_load(EPOCH.date())

    @property
    def max_power_kw(self) -> float:
        """An upper bound of ``power_kw_at``: a limit above it is exceeded by peaks only."""
        day_kwh = self._mean_kwh * (max(WEEKDAY_SHARES) + 2 * DAY_WOBBLE)
        bulges = (WEEKDAY_BULGES, WEEKEND_BULGES)
        # The curve is highest near the centre of a bulge; a little is added for the other bulge.
        base_kw = max(BaseLoad(day_kwh, b).power_at(x.centre_hour) for b in bulges for x in b)
        longest_day = 25 / 24
        appliance_kw = max(appliance.power_kw for appliance in APPLIANCES)
        return longest_day * (1.05 * base_kw + FRIDGE_KW + appliance_kw)

    def energy_kwh_at(self, at: datetime) -> float:
        """Energy used from ``EPOCH``'s local day to ``at``, in kWh; it never falls."""
        return self._day_at(at).energy_kwh_at(at)

    def power_kw_at(self, at: datetime) -> float:
        """Momentary power in kW: the derivative of ``energy_kwh_at``."""
        return self._day_at(at).power_kw_at(at)

    def _day_at(self, at: datetime) -> DayLoad:
        day = self._last_day
        if not day.covers(at):
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
        before_kwh = self._energy_kwh_before(local_date)
        energy_kwh = self._energy_kwh_before(next_date) - before_kwh
        return DayLoad(
            starts_at=self._midnight(local_date),
            ends_at=self._midnight(next_date),
            energy_before_kwh=before_kwh,
            parts=self._parts(local_date, energy_kwh),
        )

    def _energy_kwh_before(self, local_date: date) -> float:
        days = (local_date - EPOCH.date()).days
        wobble = self._random(f"{local_date} energy").uniform(-DAY_WOBBLE, DAY_WOBBLE)
        return self._mean_kwh * (days + WEEKDAY_OFFSETS[local_date.weekday()] + wobble)

    def _parts(self, local_date: date, energy_kwh: float) -> tuple[BaseLoad | Fridge | Run, ...]:
        runs = _runs(self._random(f"{local_date} appliances"))
        wanted_kwh = sum(run.power_kw * run.duration_hours for run in runs)
        wanted_kwh += Fridge(self._fridge_phase_hours).energy_until(HOURS_PER_DAY)
        scale = min(1.0, APPLIANCES_MAX_SHARE * energy_kwh / wanted_kwh)
        bulges = WEEKEND_BULGES if local_date.weekday() >= 5 else WEEKDAY_BULGES
        return (
            BaseLoad(energy_kwh - scale * wanted_kwh, bulges),
            Fridge(self._fridge_phase_hours, FRIDGE_KW * scale),
            *(Run(run.starts_hour, run.duration_hours, run.power_kw * scale) for run in runs),
        )

    def _random(self, purpose: str) -> Random:
        return Random(f"{self._key} {purpose}")


def _runs(random: Random) -> list[Run]:
    return [
        Run(random.uniform(*appliance.between_hours), appliance.duration_hours, appliance.power_kw)
        for appliance in APPLIANCES
        if random.random() < appliance.chance
    ]
