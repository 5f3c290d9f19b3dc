"""How many readings come in a minute, told by the database's own statistics.

Counting rows would read the largest table; a counter of our own would cost each batch a write.
PostgreSQL counts what it inserts anyhow (pg_stat_user_tables.n_tup_ins).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.db import connection

from monitoring.fleet.meters import STALE_AFTER, count_meters
from monitoring.models import Reading, ReadingCount

KEPT_FOR = timedelta(days=1)
#: Each worker counts by its own schedule; of counts nearer to each other, one is enough.
APART = timedelta(seconds=40)
#: Counts that are further apart tell nothing of the minutes between: no worker ran.
LONGEST = timedelta(minutes=10)

# The table itself and, where it is divided, its parts.
_INSERTED = """
    SELECT coalesce(sum(n_tup_ins), 0)::bigint FROM pg_stat_user_tables
    WHERE relid IN (
        SELECT relid FROM pg_partition_tree(%s::regclass) UNION SELECT %s::regclass
    )
"""


@dataclass(frozen=True)
class Rate:
    """Readings a minute between two counts, of which the later was at ``counted_at``."""

    readings_a_minute: float
    counted_at: datetime


def count_readings(*, now: datetime) -> None:
    """Notes how many readings have been inserted by now, and how many meters are live, unless that
    was noted just before.

    Forgets what is older than a day.
    """
    if not ReadingCount.objects.filter(counted_at__gt=now - APART).exists():
        meters = count_meters(now=now)._asdict()
        ReadingCount.objects.create(counted_at=now, inserted=get_inserted(), **meters)
    ReadingCount.objects.filter(counted_at__lt=now - KEPT_FOR).delete()


def get_inserted() -> int:
    """How many readings the database has inserted since its statistics began."""
    table = Reading._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(_INSERTED, [table, table])
        return int(cursor.fetchone()[0])


def get_rate(*, now: datetime) -> Rate | None:
    """The newest; None when nobody has counted lately: no worker runs the schedule, or it began
    just now."""
    rates = list_rates(get_counts(since=now - LONGEST))
    return rates[-1] if rates and now - rates[-1].counted_at <= STALE_AFTER else None


def get_counts(*, since: datetime) -> list[ReadingCount]:
    """The counts of a time, oldest first, as far apart as one worker takes them."""
    return _apart(ReadingCount.objects.filter(counted_at__gt=since).order_by("counted_at"))


def list_rates(counts: Sequence[ReadingCount]) -> list[Rate]:
    """The rate between each two neighbours that are near enough."""
    return [
        Rate(_rate(earlier, later), later.counted_at)
        for earlier, later in pairwise(counts)
        if later.counted_at - earlier.counted_at <= LONGEST
    ]


def _apart(noted: Iterable[ReadingCount]) -> list[ReadingCount]:
    """Without those that two workers have noted at the same moment."""
    counts: list[ReadingCount] = []
    for count in noted:
        if not counts or count.counted_at - counts[-1].counted_at >= APART:
            counts.append(count)
    return counts


def _rate(earlier: ReadingCount, later: ReadingCount) -> float:
    minutes = (later.counted_at - earlier.counted_at) / timedelta(minutes=1)
    # The statistics begin again at 0 after a crash of the database.
    came = later.inserted - earlier.inserted if later.inserted >= earlier.inserted else 0
    return came / minutes
