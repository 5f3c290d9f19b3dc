"""The time zones that a person may choose, by region."""

import zoneinfo
from functools import cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REGIONS = {
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Arctic": _("Arctic Ocean"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic Ocean"),
    "Australia": _("Australia"),
    "Europe": _("Europe"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific Ocean"),
}

Choice = tuple[str, str]
Region = tuple[str | Promise, list[Choice]]


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
    cities: dict[str, list[Choice]] = {region: [] for region in REGIONS}
    for name in sorted(zoneinfo.available_timezones()):
        region, _, city = name.partition("/")
        if city and region in cities:
            cities[region].append((name, city.replace("_", " ").replace("/", ", ")))
    return tuple((REGIONS[region], listed) for region, listed in cities.items())
