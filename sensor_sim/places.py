"""Where a household lives: its weather and its public holidays."""

import math
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from random import Random

COLDEST_DAY_OF_YEAR = 20
SPELL_DAYS = 5
"""Cold and warm spells take turns about this often."""


@dataclass(frozen=True)
class Place:
    """A country's public holidays and a climate.

    The mean temperature of the year, how far winter and summer are from it, and how far cold and
    warm spells may be from the season (all in °C). ``days_from_easter`` are the feasts that move
    with Easter, as days after its Sunday.
    """

    name: str
    mean_c: float
    swing_c: float
    spell_c: float
    holidays: frozenset[tuple[int, int]]
    days_from_easter: frozenset[int] = field(default=frozenset({0, 1}))
    is_orthodox: bool = False

    def temperature_c(self, day: date) -> float:
        """The day's mean outdoor temperature."""
        angle = 2 * math.pi * (day.timetuple().tm_yday - COLDEST_DAY_OF_YEAR) / 365.25
        return self.mean_c - self.swing_c * math.cos(angle) + self._spell_c(day)

    def _spell_c(self, day: date) -> float:
        """Warmer or colder than usual: random every few days, and on the way in between."""
        number, days = divmod(day.toordinal(), SPELL_DAYS)
        before, after = _draw_spell(self.name, number), _draw_spell(self.name, number + 1)
        smooth = (1 - math.cos(math.pi * days / SPELL_DAYS)) / 2
        return self.spell_c * (before + (after - before) * smooth)

    def is_public_holiday(self, day: date) -> bool:
        """Whether shops and offices are closed on ``day``, whatever its weekday."""
        if (day.month, day.day) in self.holidays:
            return True
        easter = find_easter(day.year, is_orthodox=self.is_orthodox)
        return (day - easter).days in self.days_from_easter

    def is_day_off(self, day: date) -> bool:
        """Whether ``day`` is of a weekend or a public holiday."""
        return day.weekday() >= 5 or self.is_public_holiday(day)


PLACES = {
    place.name: place
    for place in (
        Place(
            "DE",
            mean_c=9.6,
            swing_c=9.5,
            spell_c=4.5,
            holidays=frozenset({(1, 1), (5, 1), (10, 3), (12, 25), (12, 26)}),
            days_from_easter=frozenset({-2, 0, 1, 39, 49, 50}),
        ),
        Place(
            "IE",
            mean_c=9.8,
            swing_c=5.5,
            spell_c=2.5,
            holidays=frozenset({(1, 1), (2, 1), (3, 17), (12, 25), (12, 26)}),
        ),
        Place(
            "RO",
            mean_c=8.2,
            swing_c=11.5,
            spell_c=5.0,
            holidays=frozenset(
                {(1, 1), (1, 2), (1, 6), (1, 7), (1, 24), (5, 1), (6, 1), (8, 15), (11, 30)}
                | {(12, 1), (12, 25), (12, 26)}
            ),
            days_from_easter=frozenset({-2, 0, 1, 49, 50}),
            is_orthodox=True,
        ),
    )
}


@cache
def _draw_spell(place: str, number: int) -> float:
    return Random(f"{place} spell {number}").uniform(-1, 1)


@cache
def find_easter(year: int, *, is_orthodox: bool) -> date:
    """Easter Sunday by the calendar of today, from 1900 to 2099.

    C. F. Gauss's rule: the first full moon of spring in the 19-year cycle, then the next Sunday.
    In these two centuries the Julian calendar, by which the Orthodox feast is found, is 13 days
    behind.
    """
    moon, lag_days = (15, 13) if is_orthodox else (24, 0)
    after_march_21 = (19 * (year % 19) + moon) % 30
    weekday = 6 if is_orthodox else 5
    to_sunday = (2 * (year % 4) + 4 * (year % 7) + 6 * after_march_21 + weekday) % 7
    days = after_march_21 + to_sunday
    if not is_orthodox and (days == 35 or (days == 34 and after_march_21 == 28 and year % 19 > 10)):
        days -= 7
    return date(year, 3, 22) + timedelta(days=days + lag_days)
