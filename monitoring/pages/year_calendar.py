"""A year day by day: a heat map with a month a line."""

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from monitoring.history.boundaries import GroupBy
from monitoring.history.queries import get_consumption
from monitoring.pages.charts import Chart, Table, link, make_heat, to_cell, to_json_values
from monitoring.pages.periods import Period, Shown
from monitoring.rules.instants import from_us

LONGEST_MONTH_DAYS = 31
MONTHS_A_YEAR = 12


def get_year_calendar(
    sensor_ids: Sequence[int],
    *,
    shown: Shown,
    zone: ZoneInfo,
    link_to: Callable[[Period, datetime], str],
) -> Chart | None:
    """Each day of the year that is shown; None without readings, or if no year is shown."""
    if shown.period is not Period.YEAR:
        return None
    start, end = shown.span(zone)
    consumption = get_consumption(sensor_ids, start=start, end=end, group_by=GroupBy.DAY, zone=zone)
    if np.isnan(consumption.kwh).all():
        return None
    days = [from_us(at_us).astimezone(zone) for at_us in consumption.start_us.tolist()]
    # A field of months by days; months of fewer than 31 days leave the end of their line empty.
    values = np.full((MONTHS_A_YEAR, LONGEST_MONTH_DAYS), np.nan)
    names = np.full(values.shape, "", dtype=object)
    links, cells = names.copy(), np.full(values.shape, to_cell(None), dtype=object)
    for day, kwh in zip(days, consumption.kwh.tolist(), strict=True):
        place = day.month - 1, day.day - 1
        values[place] = kwh
        names[place] = date_format(day, "l, j F")
        links[place] = link_to(Period.DAY, day)
        if not np.isnan(kwh):
            cells[place] = link(to_cell(kwh), links[place])
    return Chart(
        id="year-calendar",
        title=_("Consumption in kWh of each day of %(year)d") % {"year": shown.first.year},
        data=make_heat(
            unit="kWh",
            columns=[str(day + 1) for day in range(LONGEST_MONTH_DAYS)],
            rows=[
                date_format(shown.first.replace(month=month + 1), _("M"))
                for month in range(MONTHS_A_YEAR)
            ],
            values=[to_json_values(line) for line in values],
            names=names.reshape(-1).tolist(),
            links=links.reshape(-1).tolist(),
        ),
        table=Table(
            [_("Day"), *(str(MONTHS[month + 1]) for month in range(MONTHS_A_YEAR))],
            [[str(day + 1), *line] for day, line in enumerate(cells.T.tolist())],
        ),
    )
