"""Loads with seasons: a home, a heat pump, an electric car, a workshop, a holiday home.

What shares a ``family`` goes away together, and what shares a ``place`` has one weather.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Protocol

from sensor_sim.parts import (
    FRIDGE_PERIOD_HOURS,
    HOURS_PER_DAY,
    Appliance,
    BaseLoad,
    Bulge,
    Cycles,
    Part,
    Run,
    draw_runs,
    household_parts,
)
from sensor_sim.places import Place
from sensor_sim.profile import Days
from sensor_sim.steady import WEEKDAY_BULGES, WEEKEND_BULGES
from sensor_sim.yearly import YearlyDays

MIDWINTER_DAY_OF_YEAR = 5


class MakeDays(Protocol):
    """Makes the days of one kind of household; raises ``ValueError`` if the mean is no energy."""

    def __call__(self, key: str, *, mean_kwh_per_day: float, family: "Family") -> Days: ...


@dataclass(frozen=True)
class Family:
    """The people: they go away in the same weeks of all their meters, and have one place."""

    name: str
    place: Place

    def is_away(self, day: date) -> bool:
        """Whether nobody is at home, from the first whole day to the last."""
        return any(first <= day <= last for first, last in _absences(self.name, day.year))

    def is_day_off(self, day: date) -> bool:
        """Whether nobody works: a weekend, a public holiday, or the family is away."""
        return self.place.is_day_off(day) or self.is_away(day)


@cache
def _absences(name: str, year: int) -> tuple[tuple[date, date], ...]:
    """Two weeks in summer, a week in winter, and a long weekend in autumn."""
    random = Random(f"{name} absences {year}")
    summer = _saturday(date(year, 7, 10) + timedelta(days=random.randrange(28)))
    winter = _saturday(date(year, 2, 1) + timedelta(days=random.randrange(14)))
    autumn = _saturday(date(year, 10, 1) + timedelta(days=random.randrange(21)))
    return (
        (winter, winter + timedelta(days=6)),
        (summer, summer + timedelta(days=random.choice([13, 14, 15]))),
        (autumn - timedelta(days=1), autumn + timedelta(days=1)),
    )


def _saturday(day: date) -> date:
    """The first Saturday from ``day`` on."""
    return day + timedelta(days=(5 - day.weekday()) % 7)


class FamilyDays(YearlyDays):
    """Days of a load of a family's."""

    def __init__(self, key: str, *, mean_kwh_per_day: float, family: Family) -> None:
        super().__init__(key, mean_kwh_per_day=mean_kwh_per_day)
        self._family = family

    def _cold_c(self, day: date, *, below_c: float) -> float:
        return max(0.0, below_c - self._family.place.temperature_c(day))


WORKDAY_APPLIANCES = (
    Appliance("kettle", 2.0, 3 / 60, (6.4, 7.8), 0.95),
    Appliance("kettle", 2.0, 4 / 60, (15.5, 17.0), 0.7),
    Appliance("cooker", 1.7, 0.7, (17.6, 19.2), 0.75),
    Appliance("dishwasher", 1.2, 0.9, (20.0, 21.5), 0.55),
)
DAY_OFF_APPLIANCES = (
    Appliance("kettle", 2.0, 4 / 60, (8.2, 8.9), 0.95),
    Appliance("washing machine", 1.0, 1.1, (9.0, 10.2), 0.75),
    Appliance("cooker", 1.7, 1.1, (11.6, 12.6), 0.7),
    Appliance("tumble dryer", 1.3, 1.0, (13.8, 15.0), 0.4),
    Appliance("cooker", 1.7, 0.7, (17.8, 19.0), 0.55),
    Appliance("dishwasher", 1.2, 0.9, (20.0, 21.5), 0.7),
)


class Home(FamilyDays):
    """Light, cooking, washing and standby: more in winter, at weekends and on holidays at home."""

    def weight(self, day: date) -> float:
        noise = self._random(f"{day} energy").uniform(0.86, 1.14)
        if self._family.is_away(day):
            return 0.3 * noise
        angle = 2 * math.pi * (day.timetuple().tm_yday - MIDWINTER_DAY_OF_YEAR) / 365.25
        season = 1 + 0.17 * math.cos(angle)
        is_christmas = day.month == 12 and 24 <= day.day <= 26
        leisure = 1.35 if is_christmas else 1.18 if self._family.is_day_off(day) else 0.95
        hot_c = max(0.0, self._family.place.temperature_c(day) - 22)
        return (season * leisure + 0.04 * hot_c) * noise

    def parts(self, day: date, energy_kwh: float) -> tuple[Part, ...]:
        phase_hours = self._random("fridge").uniform(0, FRIDGE_PERIOD_HOURS)
        bulges, appliances = self._habits(day)
        return household_parts(
            energy_kwh,
            bulges=bulges,
            runs=draw_runs(appliances, self._random(f"{day} appliances")),
            fridge_phase_hours=phase_hours,
        )

    def _habits(self, day: date) -> tuple[tuple[Bulge, ...], tuple[Appliance, ...]]:
        if self._family.is_away(day):
            return (), ()
        if self._family.is_day_off(day):
            return WEEKEND_BULGES, DAY_OFF_APPLIANCES
        return WEEKDAY_BULGES, WORKDAY_APPLIANCES


HEATING_BELOW_C = 14.0
HOT_WATER_C = 3.5
"""Water takes every day as much as the rooms on a day that is this much colder."""
SETBACK_AWAY = 0.55
#: A day's heating by the hour: lower at night, most in the morning. Noon heats the hot water.
HEATING_SHAPE = (
    *(0.75, 0.75, 0.75, 0.8, 1.0, 1.25, 1.3, 1.2),
    *(1.05, 1.0, 0.95, 0.95, 1.3, 1.25, 0.9, 0.9),
    *(0.95, 1.05, 1.15, 1.15, 1.1, 1.0, 0.8, 0.7),
)


class HeatPump(FamilyDays):
    """Heats the rooms by the weather, and water all the year: it switches on twice an hour."""

    def weight(self, day: date) -> float:
        noise = self._random(f"{day} energy").uniform(0.92, 1.08)
        presence = SETBACK_AWAY if self._family.is_away(day) else 1.0
        return (HOT_WATER_C + self._cold_c(day, below_c=HEATING_BELOW_C)) * presence * noise

    def parts(self, day: date, energy_kwh: float) -> tuple[Part, ...]:
        # It runs harder on the few days on which it could not make enough otherwise.
        most = max(HEATING_SHAPE) * 1.05
        power_kw = max(0.2 * self._mean_kwh, most * energy_kwh / HOURS_PER_DAY)
        scale = energy_kwh / power_kw / sum(HEATING_SHAPE)
        return (Cycles(power_kw, tuple(scale * share for share in HEATING_SHAPE)),)


CHARGE_CHANCES = (0.88, 0.82, 0.88, 0.82, 0.88, 0.08, 0.12)
"""In the first hours of these days, Monday first: the car drives to work."""
LONGEST_CHARGE_HOURS = 7.0


class Car(FamilyDays):
    """An electric car that charges after midnight, on some nights; standby of the wall box."""

    def weight(self, day: date) -> float:
        return 0.02 + self._charge(day)

    def parts(self, day: date, energy_kwh: float) -> tuple[Part, ...]:
        charge = self._charge(day)
        charge_kwh = energy_kwh * charge / (0.02 + charge)
        power_kw = max(0.55 * self._mean_kwh, charge_kwh / LONGEST_CHARGE_HOURS)
        starts_hour = self._random(f"{day} plug").uniform(0.1, 1.2)
        return (
            BaseLoad(energy_kwh - charge_kwh, ()),
            Run(starts_hour, charge_kwh / power_kw, power_kw),
        )

    def _charge(self, day: date) -> float:
        """How full the battery gets in the night at whose end is ``day``; mostly not at all."""
        if self._family.is_away(day):
            return 0.0
        random = self._random(f"{day} charge")
        leaves = self._family.is_away(day + timedelta(days=1))
        if random.random() > CHARGE_CHANCES[day.weekday()] and not leaves:
            return 0.0
        # Cold batteries and warm cabins take more.
        return random.uniform(0.8, 1.15) * (1 + 0.02 * self._cold_c(day, below_c=15.0))


WORKSHOP_BULGES = (Bulge(0.3, 9.6, 1.2), Bulge(0.25, 14.0, 1.3))
MACHINES = (
    Appliance("compressor", 1.1, 0.6, (7.5, 8.6), 0.8),
    Appliance("saw", 1.4, 0.5, (9.5, 11.2), 0.7),
    Appliance("kettle", 2.0, 4 / 60, (11.8, 12.3), 0.9),
    Appliance("planer", 1.5, 0.5, (13.0, 15.5), 0.55),
)


class Workshop(FamilyDays):
    """Machines on workdays, next to nothing else; a heater in the cold."""

    def weight(self, day: date) -> float:
        noise = self._random(f"{day} energy").uniform(0.8, 1.2)
        if self._family.is_day_off(day):
            return 0.16 * noise
        return (1 + 0.025 * self._cold_c(day, below_c=12.0)) * noise

    def parts(self, day: date, energy_kwh: float) -> tuple[Part, ...]:
        is_closed = self._family.is_day_off(day)
        random = self._random(f"{day} machines")
        return household_parts(
            energy_kwh,
            bulges=() if is_closed else WORKSHOP_BULGES,
            runs=[] if is_closed else draw_runs(MACHINES, random),
            fridge_phase_hours=0.0,
        )


class HolidayHome(FamilyDays):
    """Empty in the week but for the frost protection; on many weekends the family comes."""

    def weight(self, day: date) -> float:
        noise = self._random(f"{day} energy").uniform(0.85, 1.15)
        cold_c = self._cold_c(day, below_c=12.0)
        stay = 1 + 0.05 * cold_c if self._is_visited(day) else 0.0
        return (0.14 + 0.012 * cold_c + stay) * noise

    def parts(self, day: date, energy_kwh: float) -> tuple[Part, ...]:
        is_visited = self._is_visited(day)
        random = self._random(f"{day} appliances")
        return household_parts(
            energy_kwh,
            bulges=WEEKEND_BULGES if is_visited else (),
            runs=draw_runs(DAY_OFF_APPLIANCES, random) if is_visited else [],
            fridge_phase_hours=0.3,
        )

    def _is_visited(self, day: date) -> bool:
        if self._family.is_away(day) or not self._family.place.is_day_off(day):
            return False
        year, week, _ = day.isocalendar()
        return self._random(f"{year} {week} visit").random() < 0.55


HOUSEHOLDS: dict[str, MakeDays] = {
    "home": Home,
    "heat-pump": HeatPump,
    "car": Car,
    "workshop": Workshop,
    "holiday-home": HolidayHome,
}
"""What a simulated meter can measure, by the name of ``--profile``."""
