"""The period before, laid under the bars of a period."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from monitoring.figures.cycles import get_cycles
from monitoring.history.boundaries import get_boundaries
from monitoring.history.queries import MAX_INTERVALS
from monitoring.pages.charts import Table, to_cell, to_json_values
from monitoring.pages.consumption_section import ConsumptionSection, get_title
from monitoring.pages.periods import Period, Shown
from monitoring.rules.columns import Floats
from monitoring.rules.comparison import Compared
from monitoring.rules.cycles import Cycle, lay_over
from monitoring.rules.hours import Numbers
from monitoring.rules.instants import from_us

#: What the bars of two periods have in common.
_KEYS: Mapping[Period, Callable[[datetime], int]] = {
    Period.DAY: lambda at: at.hour,
    Period.WEEK: lambda at: at.weekday(),
    Period.MONTH: lambda at: at.day,
    Period.YEAR: lambda at: at.month,
}


@dataclass(frozen=True)
class PeriodBefore:
    """What was used in the period before: by bar (kWh, NaN if unknown), and beside this one."""

    shown: Shown
    kwh: Floats
    compared: Compared | None

    def lay_under(self, section: ConsumptionSection) -> ConsumptionSection:
        """The section with both periods in its drawing, its table and its legend."""
        chart = section.chart
        if chart is None:
            return section
        (series,) = chart.data["series"]
        names = [section.title, get_title(self.shown)]
        values = to_json_values(self.kwh)
        both = [
            {**series, "name": names[0]},
            {"name": names[1], "style": "usual", "values": values},
        ]
        table = Table(
            [*chart.table.head[:2], names[1], *chart.table.head[2:]],
            [
                [*row[:2], to_cell(value), *row[2:]]
                for row, value in zip(chart.table.rows, values, strict=True)
            ],
        )
        data = {**chart.data, "series": both}
        return replace(section, chart=replace(chart, data=data, table=table, legend=names))


def get_period_before(
    sensor_ids: Sequence[int], *, shown: Shown, now: datetime, zone: ZoneInfo
) -> PeriodBefore:
    """The period before the one that is shown; two reads of history."""
    before, span = shown.before, shown.span(zone)
    found = get_cycles(
        sensor_ids=sensor_ids,
        span=span,
        before=before.span(zone),
        cycle=Cycle(shown.period),
        now=now,
        zone=zone,
    )
    load = found.before
    kwh = np.where((load.known_h > 0).any(axis=0), load.kwh.sum(axis=0), np.nan)
    keys_before = _get_keys(map(from_us, load.hours.start_us.tolist()), shown.period, zone)
    bars = get_boundaries(*span, group_by=shown.group_by, zone=zone, limit=MAX_INTERVALS)[:-1]
    keys = _get_keys(bars, shown.period, zone)
    is_mean = shown.period is Period.DAY
    return PeriodBefore(before, lay_over(kwh, keys_before, keys, is_mean=is_mean), found.compared)


def _get_keys(starts: Iterable[datetime], period: Period, zone: ZoneInfo) -> Numbers:
    return np.array([_KEYS[period](at.astimezone(zone)) for at in starts], np.int64)
