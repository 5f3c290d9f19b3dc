"""Weather and public holidays."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from sensor_sim.places import PLACES, Place, find_easter


@pytest.mark.parametrize(
    ("year", "western", "orthodox"),
    [
        (1954, (4, 18), (4, 25)),  # the exception of the rule
        (1981, (4, 19), (4, 26)),  # the other exception
        (2000, (4, 23), (4, 30)),
        (2024, (3, 31), (5, 5)),
        (2025, (4, 20), (4, 20)),
        (2026, (4, 5), (4, 12)),
        (2038, (4, 25), (4, 25)),
    ],
)
def test_easter(year: int, western: tuple[int, int], orthodox: tuple[int, int]) -> None:
    assert find_easter(year, is_orthodox=False) == date(year, *western)
    assert find_easter(year, is_orthodox=True) == date(year, *orthodox)


@pytest.mark.parametrize(
    ("country", "holidays", "workdays"),
    [
        ("DE", [(4, 3), (4, 6), (5, 14), (5, 25), (10, 3)], [(4, 13), (12, 1)]),
        ("IE", [(3, 17), (4, 6)], [(4, 3), (5, 25)]),
        ("RO", [(4, 10), (4, 13), (6, 1), (12, 1)], [(4, 6), (10, 5)]),
    ],
)
def test_public_holidays_of_2026(
    country: str, holidays: list[tuple[int, int]], workdays: list[tuple[int, int]]
) -> None:
    place = PLACES[country]
    assert all(place.is_day_off(date(2026, *day)) for day in holidays)
    assert not any(place.is_day_off(date(2026, *day)) for day in workdays)
    assert place.is_day_off(date(2026, 10, 4))  # a Sunday


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_weather_has_seasons_and_no_jumps(place: Place) -> None:
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(3 * 365)]
    temperatures_c = {day: place.temperature_c(day) for day in days}
    january = [degrees for day, degrees in temperatures_c.items() if day.month == 1]
    july = [degrees for day, degrees in temperatures_c.items() if day.month == 7]
    assert sum(july) / len(july) - sum(january) / len(january) > 1.5 * place.swing_c
    assert sum(temperatures_c.values()) / len(days) == pytest.approx(place.mean_c, abs=1)
    values = list(temperatures_c.values())
    steps_c = [abs(after - before) for before, after in pairwise(values)]
    assert max(steps_c) < place.spell_c + 0.3
