"""A period's consumption against that of the period before, where both are known."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from monitoring.figures.loads import get_loads, just_after
from monitoring.history.boundaries import GroupBy
from monitoring.rules.comparison import Compared
from monitoring.rules.cycles import Cycle, compare_cycles

Span = tuple[datetime, datetime]


def get_change(  # noqa: PLR0913 - keyword-only
    *,
    sensor_ids: Sequence[int],
    span: Span,
    before: Span,
    cycle: Cycle,
    now: datetime,
    zone: ZoneInfo,
) -> Compared | None:
    """The sensors together; two reads, of hours, or for a year of days. None: nothing is known."""
    start, end = span[0], min(span[1], just_after(now))
    if not sensor_ids or start >= end:
        return None
    group_by = GroupBy.DAY if cycle is Cycle.YEAR else GroupBy.HOUR
    now_load, before_load = (
        get_loads(sensor_ids=sensor_ids, start=since, end=until, zone=zone, group_by=group_by).known
        for since, until in ((start, end), before)
    )
    return compare_cycles(now_load, before_load, cycle)
