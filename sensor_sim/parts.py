"""What a day's load is made of.

Each part knows its energy since midnight (kWh) and its power (kW) by the day's nominal hour, from 0
to 24: ``energy_until`` is the integral of ``power_at``.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from random import Random
from typing import Protocol

HOURS_PER_DAY = 24.0
NIGHT_SHARE = 0.45
APPLIANCES_MAX_SHARE = 0.6
"""In a small household appliances are scaled down, so that the base load never vanishes."""
FRIDGE_KW, FRIDGE_PERIOD_HOURS, FRIDGE_ON_HOURS = 0.09, 0.75, 0.25


class Part(Protocol):
    """A part of a day's load."""

    def energy_until(self, hour: float) -> float:
        """Energy from midnight to ``hour``, in kWh; it never falls."""

    def power_at(self, hour: float) -> float:
        """Momentary power at ``hour``, in kW."""


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

    @cached_property
    def _scale_kwh(self) -> float:
        return self.energy_kwh / (self._share_until(HOURS_PER_DAY) - self._share_until(0.0))

    def _share_until(self, hour: float) -> float:
        night = NIGHT_SHARE * hour / HOURS_PER_DAY
        return night + sum(bulge.energy_until(hour) for bulge in self.bulges)


@dataclass(frozen=True)
class Cycles:
    """Switches on twice an hour, for as long as the hour needs: a heat pump, a boiler.

    ``on_shares`` holds, for each of the 24 hours, the share of it that the machine is on, up to 1.
    """

    power_kw: float
    on_shares: tuple[float, ...]
    period_hours: float = 0.5

    def energy_until(self, hour: float) -> float:
        whole = min(int(hour), len(self.on_shares) - 1)
        cycles, rest = divmod(hour - whole, self.period_hours)
        on_hours = self.on_shares[whole] * self.period_hours
        since_hour = cycles * on_hours + min(rest, on_hours)
        return self.power_kw * (self._on_hours_before[whole] + since_hour)

    def power_at(self, hour: float) -> float:
        share = self.on_shares[min(int(hour), len(self.on_shares) - 1)]
        on = hour % self.period_hours < share * self.period_hours
        return self.power_kw if on else 0.0

    @cached_property
    def _on_hours_before(self) -> tuple[float, ...]:
        return tuple(accumulate(self.on_shares, initial=0.0))


def draw_runs(appliances: Iterable[Appliance], random: Random) -> list[Run]:
    """The runs of the appliances that are used on a day."""
    return [
        Run(random.uniform(*appliance.between_hours), appliance.duration_hours, appliance.power_kw)
        for appliance in appliances
        if random.random() < appliance.chance
    ]


def household_parts(
    energy_kwh: float, *, bulges: tuple[Bulge, ...], runs: Iterable[Run], fridge_phase_hours: float
) -> tuple[Part, ...]:
    """A household's day: the runs, a fridge, and a smooth base load that takes what is left."""
    runs = list(runs)
    wanted_kwh = sum(run.power_kw * run.duration_hours for run in runs)
    wanted_kwh += Fridge(fridge_phase_hours).energy_until(HOURS_PER_DAY)
    scale = min(1.0, APPLIANCES_MAX_SHARE * energy_kwh / wanted_kwh)
    return (
        BaseLoad(energy_kwh - scale * wanted_kwh, bulges),
        Fridge(fridge_phase_hours, FRIDGE_KW * scale),
        *(Run(run.starts_hour, run.duration_hours, run.power_kw * scale) for run in runs),
    )
