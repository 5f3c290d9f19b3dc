"""How many readings come in a minute, told by the database's own statistics.

Counting rows would read the largest table; a counter of our own would cost each batch a write.
PostgreSQL counts what it inserts anyhow (pg_stat_user_tables.n_tup_ins).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.db import connection

from monitoring.models import Reading, ReadingCount

KEPT_FOR = timedelta(hours=1)
#: A newest count that is older says nothing of now.
STALE_AFTER = timedelta(minutes=3)

# The table itself and, where it is divided, its parts.
_INSERTED = """
    SELECT coalesce(sum(n_tup_ins), 0)::bigint FROM pg_stat_user_tables
    WHERE relid IN (
        SELECT relid FROM pg_partition_tree(%s::regclass) UNION SELECT %s::regclass
    )
"""


@dataclass(frozen=True)
class Rate:
    """Readings a minute: between the newest two counts, and the most between any of the hour."""

    now: float
    highest: float
    counted_at: datetime


def count_readings(*, now: datetime) -> None:
    """Notes how many readings have been inserted by now; forgets what is older than an hour."""
    table = Reading._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(_INSERTED, [table, table])
        inserted = cursor.fetchone()[0]
    ReadingCount.objects.update_or_create(counted_at=now, defaults={"inserted": inserted})
    ReadingCount.objects.filter(counted_at__lt=now - KEPT_FOR).delete()


def get_rate(*, now: datetime) -> Rate | None:
    """None when nobody has counted lately: no worker runs the schedule, or it began just now."""
    counts = list(ReadingCount.objects.filter(counted_at__gt=now - KEPT_FOR).order_by("counted_at"))
    rates = [_rate(earlier, later) for earlier, later in pairwise(counts)]
    if not rates or now - counts[-1].counted_at > STALE_AFTER:
        return None
    return Rate(rates[-1], max(rates), counts[-1].counted_at)


def _rate(earlier: ReadingCount, later: ReadingCount) -> float:
    minutes = (later.counted_at - earlier.counted_at) / timedelta(minutes=1)
    # The statistics begin again at 0 after a crash of the database.
    came = later.inserted - earlier.inserted if later.inserted >= earlier.inserted else 0
    return came / minutes
