"""The time zones that a person may choose, by region. Knows no Django."""

import zoneinfo
from collections import defaultdict
from functools import cache

REGIONS = frozenset(
    {
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    }
)

Choice = tuple[str, str]
Region = tuple[str, list[Choice]]


def list_time_zones(current: str = "UTC") -> list[Choice | Region]:
    """UTC, the current zone if it is none of the usual ones, then the cities of each region.

    Names such as ``EST5EDT`` or ``Etc/GMT+5`` are valid, but nobody looks for them in a list.
    """
    regions = _list_regions()
    listed = {name for _, cities in regions for name, _ in cities}
    first = [(name, name) for name in dict.fromkeys(["UTC", current]) if name not in listed]
    return [*first, *regions]


@cache  # finding the names walks through hundreds of files
def _list_regions() -> tuple[Region, ...]:
    cities: defaultdict[str, list[Choice]] = defaultdict(list)
    for name in sorted(zoneinfo.available_timezones()):
        region, _, city = name.partition("/")
        if city and region in REGIONS:
            cities[region].append((name, city.replace("_", " ").replace("/", ", ")))
    return tuple(sorted(cities.items()))
