"""A period's consumption against that of the period before, where both are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitoring.figures.loads import get_loads, just_after
from monitoring.history.boundaries import GroupBy
from monitoring.rules.comparison import Compared
from monitoring.rules.cycles import Cycle, compare_cycles
from monitoring.rules.hours import Load

HOUR = timedelta(hours=1)

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Cycles:
    """The load of the period before, and the change from it; None: nothing is known of this one."""

    before: Load
    compared: Compared | None


def get_cycles(  # noqa: PLR0913 - keyword-only
    *,
    sensor_ids: Sequence[int],
    span: Span,
    before: Span,
    cycle: Cycle,
    now: datetime,
    zone: ZoneInfo,
) -> Cycles:
    """The sensors together; two reads, of hours, or for a year of days."""
    group_by = GroupBy.DAY if cycle is Cycle.YEAR else GroupBy.HOUR
    start, end = span[0], max(min(span[1], just_after(now)), span[0] + HOUR)
    now_load, before_load = (
        get_loads(sensor_ids=sensor_ids, start=since, end=until, zone=zone, group_by=group_by).known
        for since, until in ((start, end), before)
    )
    return Cycles(before_load, compare_cycles(now_load, before_load, cycle))
