"""A household that is the same in every season: what a simulated meter measures by default.

The sum of the days up to a midnight is ``mean × (days + weekly pattern + wobble)`` with a bounded
wobble; a day's energy is the difference of two such sums. Within the day appliances run at their
own power; what is left of the day's energy follows a smooth curve: a night base load and bulges.
"""

from datetime import date
from itertools import accumulate
from random import Random

from sensor_sim.parts import (
    FRIDGE_KW,
    FRIDGE_PERIOD_HOURS,
    Appliance,
    BaseLoad,
    Bulge,
    Part,
    draw_runs,
    household_parts,
)
from sensor_sim.profile import EPOCH, check_mean

DAY_WOBBLE = 0.1
"""How far, in days' energy, the register may be from its mean at a midnight."""
WEEKDAY_SHARES = (0.96, 0.94, 0.95, 0.95, 0.98, 1.12, 1.10)
"""A day's share of the mean, Monday first; they sum to 7."""
WEEKDAY_OFFSETS = tuple(accumulate((share - 1 for share in WEEKDAY_SHARES), initial=0.0))[:7]
WEEKDAY_BULGES = (Bulge(0.17, 7.2, 0.9), Bulge(0.38, 19.3, 2.0))
WEEKEND_BULGES = (Bulge(0.27, 10.5, 2.2), Bulge(0.28, 19.0, 2.2))
APPLIANCES = (
    Appliance("kettle", 2.0, 3 / 60, (6.5, 8.0), 0.95),
    Appliance("washing machine", 1.1, 1.0, (9.0, 13.5), 0.35),
    Appliance("kettle", 2.0, 4 / 60, (15.0, 16.5), 0.7),
    Appliance("oven", 1.6, 0.7, (17.0, 19.0), 0.65),
    Appliance("dishwasher", 1.2, 0.8, (20.0, 22.5), 0.5),
)


class SteadyDays:
    """The days of the household named by ``key``: known in one step, however many there were."""

    def __init__(self, key: str, *, mean_kwh_per_day: float) -> None:
        check_mean(mean_kwh_per_day)
        self._key = key
        self._mean_kwh = mean_kwh_per_day
        self._fridge_phase_hours = self._random("fridge").uniform(0, FRIDGE_PERIOD_HOURS)

    @property
    def max_power_kw(self) -> float:
        """An upper bound of the power: a limit above it is exceeded by peaks only."""
        day_kwh = self._mean_kwh * (max(WEEKDAY_SHARES) + 2 * DAY_WOBBLE)
        bulges = (WEEKDAY_BULGES, WEEKEND_BULGES)
        # The curve is highest near the centre of a bulge; a little is added for the other bulge.
        base_kw = max(BaseLoad(day_kwh, b).power_at(x.centre_hour) for b in bulges for x in b)
        longest_day = 25 / 24
        appliance_kw = max(appliance.power_kw for appliance in APPLIANCES)
        return longest_day * (1.05 * base_kw + FRIDGE_KW + appliance_kw)

    def energy_kwh_before(self, day: date) -> float:
        days = (day - EPOCH.date()).days
        wobble = self._random(f"{day} energy").uniform(-DAY_WOBBLE, DAY_WOBBLE)
        return self._mean_kwh * (days + WEEKDAY_OFFSETS[day.weekday()] + wobble)

    def parts(self, day: date, energy_kwh: float) -> tuple[Part, ...]:
        return household_parts(
            energy_kwh,
            bulges=WEEKEND_BULGES if day.weekday() >= 5 else WEEKDAY_BULGES,
            runs=draw_runs(APPLIANCES, self._random(f"{day} appliances")),
            fridge_phase_hours=self._fridge_phase_hours,
        )

    def _random(self, purpose: str) -> Random:
        return Random(f"{self._key} {purpose}")
