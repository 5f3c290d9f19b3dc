"""Consumption of some sensors in a period: bars, figures, a table; and when it falls."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from monitoring.history.boundaries import GroupBy
from monitoring.history.consumption import Consumption
from monitoring.history.queries import get_consumption
from monitoring.pages.charts import (
    Chart,
    Table,
    link,
    make_bars,
    make_heat,
    to_cell,
    to_json_values,
)
from monitoring.pages.periods import Period, Shown
from monitoring.pages.week_pattern import DAYS, HOURS, fold_into_week
from monitoring.rules.columns import Floats
from monitoring.rules.instants import from_us, to_us
from monitoring.rules.intervals import Quality
from monitoring.rules.known import KnownTime
from monitoring.templatetags.quantities import limit_kwh

PATTERN_SPAN = timedelta(weeks=4)

#: How a bar is labelled, and its long name, in Django's format letters.
LABELS: Mapping[Period, tuple[str | Promise, str | Promise]] = {
    Period.DAY: ("H", gettext_lazy("j M, H:i")),
    Period.WEEK: ("D j", "l, j F"),
    Period.MONTH: ("j", "l, j F"),
    Period.YEAR: (gettext_lazy("M"), "F Y"),
}
#: Where a click on a bar leads: the next smaller period.
INTO: Mapping[Period, Period] = {
    Period.WEEK: Period.DAY,
    Period.MONTH: Period.DAY,
    Period.YEAR: Period.MONTH,
}


@dataclass(frozen=True)
class ConsumptionSection:
    """What stands under "Consumption" on the page of a device or a sensor."""

    shown: Shown
    title: str
    chart: Chart | None
    total_kwh: float
    highest_kwh: float
    highest_name: str
    mean_kwh: float
    known: KnownTime


def get_consumption_section(  # noqa: PLR0913 - keyword-only
    sensor_ids: Sequence[int],
    *,
    shown: Shown,
    now: datetime,
    zone: ZoneInfo,
    link_to: Callable[[Period, datetime], str],
    max_hourly_kwh: float | None = None,
) -> ConsumptionSection:
    """The section of a period; ``link_to`` gives the address of a smaller one."""
    start, end = shown.span(zone)
    consumption = get_consumption(
        sensor_ids, start=start, end=end, group_by=shown.group_by, zone=zone
    )
    return make_section(
        consumption, shown=shown, now=now, zone=zone, link_to=link_to, max_hourly_kwh=max_hourly_kwh
    )


def make_section(  # noqa: PLR0913 - keyword-only
    consumption: Consumption,
    *,
    shown: Shown,
    now: datetime,
    zone: ZoneInfo,
    link_to: Callable[[Period, datetime], str],
    max_hourly_kwh: float | None = None,
) -> ConsumptionSection:
    """The section from the numbers."""
    starts = [from_us(at_us).astimezone(zone) for at_us in consumption.start_us.tolist()]
    short, long = map(str, LABELS[shown.period])
    names = [date_format(at, long) for at in starts]
    known = ~np.isnan(consumption.kwh)
    title = get_title(shown)
    known_time = consumption.get_known_time(until_us=to_us(now))
    if not known.any():
        return ConsumptionSection(shown, title, None, 0.0, 0.0, "", 0.0, known_time)
    into = INTO.get(shown.period)
    links = [link_to(into, at) for at in starts] if into else None
    limit = max_hourly_kwh if shown.period is Period.DAY else None
    highest = int(np.nanargmax(consumption.kwh))
    data = make_bars(
        unit="kWh",
        labels=[date_format(at, short) for at in starts],
        names=names,
        series=[
            {
                "name": _("Consumption"),
                "values": to_json_values(consumption.kwh),
                "estimated": (consumption.quality == Quality.ESTIMATED).tolist(),
            }
        ],
        links=links,
        limit=limit,
        limit_label=_("Maximum"),
    )
    chart = Chart(
        id="consumption",
        title=_("Consumption in kWh, %(period)s") % {"period": title},
        data=data,
        table=_make_table(consumption, list(map(link, names, links)) if links else names),
        note=_make_note(consumption, shown, limit),
    )
    return ConsumptionSection(
        shown,
        title,
        chart,
        total_kwh=float(np.nansum(consumption.kwh)),
        highest_kwh=float(consumption.kwh[highest]),
        highest_name=names[highest],
        mean_kwh=get_mean_kwh(consumption.kwh, is_current=shown.is_current),
        known=known_time,
    )


def get_mean_kwh(kwh: Floats, *, is_current: bool) -> float:
    """Mean of the intervals of which something is known (kWh, else NaN), at least one.

    In a current period the last of them is not over: it counts only if there is no other.
    """
    known = kwh[~np.isnan(kwh)]
    return float(np.mean(known[:-1] if is_current and len(known) > 1 else known))


def get_title(shown: Shown) -> str:
    """The name of a period."""
    if shown.period is Period.DAY:
        return date_format(shown.first, "l, j F Y")
    if shown.period is Period.WEEK:
        last = shown.after - timedelta(days=1)
        return f"{date_format(shown.first, _('j M'))} – {date_format(last, _('j M Y'))}"
    return date_format(shown.first, "F Y" if shown.period is Period.MONTH else "Y")


def get_week_pattern(sensor_ids: Sequence[int], *, now: datetime, zone: ZoneInfo) -> Chart | None:
    """Mean consumption of each hour of the week over the last four weeks; None without readings."""
    consumption = get_consumption(
        sensor_ids, start=now - PATTERN_SPAN, end=now, group_by=GroupBy.HOUR, zone=zone
    )
    means = fold_into_week(consumption.start_us, consumption.kwh, zone=zone)
    if np.isnan(means).all():
        return None
    return make_week_chart(means)


def make_week_chart(means: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> Chart:
    """The heat map of ``means[weekday][hour]`` in kWh."""
    monday = datetime(2024, 1, 1)  # noqa: DTZ001 - any Monday: only its name is wanted
    days = [date_format(monday + timedelta(days=day), "D") for day in range(DAYS)]
    names = [date_format(monday + timedelta(days=day), "l") for day in range(DAYS)]
    spans = [f"{hour:02}:00–{(hour + 1) % HOURS:02}:00" for hour in range(HOURS)]
    hours = [f"{hour:02}" for hour in range(HOURS)]
    values = [to_json_values(line) for line in means]
    rows = [
        [hour, *(to_cell(values[day][index]) for day in range(DAYS))]
        for index, hour in enumerate(hours)
    ]
    return Chart(
        id="week-pattern",
        title=_("Mean consumption in kWh by hour and weekday, last four weeks"),
        data=make_heat(
            unit="kWh",
            columns=hours,
            rows=days,
            values=values,
            names=[f"{name}, {span}" for name in names for span in spans],
        ),
        table=Table([_("Hour from"), *names], rows),
        size="low",
    )


def _make_table(consumption: Consumption, names: Sequence[str]) -> Table:
    signs = {Quality.MISSING: _("missing"), Quality.ESTIMATED: _("estimated")}
    rows = [
        [name, to_cell(kwh), to_cell(peak), signs.get(Quality(quality), _("measured"))]
        for name, kwh, peak, quality in zip(
            names,
            to_json_values(consumption.kwh),
            to_json_values(consumption.peak_kw),
            consumption.quality.tolist(),
            strict=True,
        )
    ]
    head = [_("From"), _("Consumption (kWh)"), _("Highest power (kW)"), _("Quality")]
    if np.isnan(consumption.peak_kw).all():  # of several sensors nobody knows it
        return Table([*head[:2], head[3]], [[*row[:2], row[3]] for row in rows])
    return Table(head, rows)


def _make_note(consumption: Consumption, shown: Shown, max_kwh: float | None) -> str:
    """What is missing or estimated, of what is over. Names the limit, too: see ``power_now``."""
    past = consumption.quality[: _count_past(consumption, shown)]
    missing = int((past == Quality.MISSING).sum())
    estimated = int((past == Quality.ESTIMATED).sum())
    notes = []
    if missing:
        notes.append(_("Without readings: %(of)s.") % {"of": _count(missing, shown)})
    if estimated:
        notes.append(
            _("Lighter bars are partly estimated: %(of)s.") % {"of": _count(estimated, shown)}
        )
    if max_kwh is not None:
        notes.append(_("The hourly maximum is %(limit)s.") % {"limit": limit_kwh(max_kwh)})
    return " ".join(notes)


def _count(number: int, shown: Shown) -> str:
    """So many bars, by what one of them stands for."""
    if shown.group_by is GroupBy.HOUR:
        text = ngettext("%(count)d hour", "%(count)d hours", number)
    elif shown.group_by is GroupBy.DAY:
        text = ngettext("%(count)d day", "%(count)d days", number)
    else:
        text = ngettext("%(count)d month", "%(count)d months", number)
    return text % {"count": number}


def _count_past(consumption: Consumption, shown: Shown) -> int:
    """How many bars are not in the future: in a current period those up to the last known."""
    if not shown.is_current:
        return len(consumption.kwh)
    return int(np.flatnonzero(~np.isnan(consumption.kwh))[-1]) + 1
