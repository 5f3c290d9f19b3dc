"""The partitions as tables: which there are, making one, dropping one.

They are known by their names, which nobody else gives.
"""

from django.db import connection

from monitoring.partitions.locks import change_of_tables
from monitoring.partitions.months import DEFAULT, PARENT, Month
from monitoring.rules.instants import from_us
from monitoring.sql import US_OF

LIKE_PARENT = (
    f"LIKE {PARENT} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES INCLUDING STORAGE"
)

_PARTITIONS = """
    SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = %s::regclass AND NOT inhdetachpending
"""

_MONTHS_IN_DEFAULT = f"""
    SELECT DISTINCT {US_OF.format(column="date_trunc('month', measured_at, 'UTC')")} FROM {DEFAULT}
"""


def get_partitions() -> set[Month]:
    """The months that have a partition."""
    return {month for month in map(Month.of_partition, _get_tables()) if month is not None}


def get_edge() -> Month | None:
    """The month before which no month has a partition any more; None if none was dropped."""
    return next((month for month in map(Month.of_edge, _get_tables()) if month is not None), None)


def _get_tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_PARTITIONS, [PARENT])
        return [table for (table,) in cursor]


def get_months_in_default() -> list[Month]:
    """The months of the readings in the default partition, in order; reads all of it."""
    with connection.cursor() as cursor:
        cursor.execute(_MONTHS_IN_DEFAULT)
        return sorted(Month.of(from_us(start_us)) for (start_us,) in cursor)


def count_default(*, at_most: int) -> int:
    """How many readings are in the default partition; stops counting at ``at_most``."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT FROM {DEFAULT} LIMIT %s) AS counted", [at_most]
        )
        (count,) = cursor.fetchone()
    return int(count)


def create_partition(month: Month) -> bool:
    """Makes the month's partition and moves its readings there.

    False if there is one already, or if months up to it were dropped and none is made any more.

    Readers and writers of other partitions go on. Those of the default partition wait until its
    readings of the month have been moved. Raises ``Busy``; then nothing has changed.
    """
    table, span = month.partition, {"start": month.start, "end": month.end}
    with change_of_tables(), connection.cursor() as cursor:
        edge = get_edge()
        if month in get_partitions() or (edge is not None and month < edge):
            return False
        # With the constraint, attaching need not look at the rows. Afterwards it would only cost.
        cursor.execute(
            f"CREATE TABLE {table} ({LIKE_PARENT}, CONSTRAINT its_month"
            " CHECK (measured_at >= %(start)s AND measured_at < %(end)s))",
            span,
        )
        # Attaching needs this lock: to take it from the start is to have no deadlock on the way.
        cursor.execute(f"LOCK TABLE {DEFAULT} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(
            f"WITH moved AS (DELETE FROM {DEFAULT}"
            " WHERE measured_at >= %(start)s AND measured_at < %(end)s RETURNING *)"
            f" INSERT INTO {table} SELECT * FROM moved",
            span,
        )
        cursor.execute(
            f"ALTER TABLE {PARENT} ATTACH PARTITION {table}"
            " FOR VALUES FROM (%(start)s) TO (%(end)s)",
            span,
        )
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT its_month")
    return True


def drop_table(table: str) -> None:
    """Drops a partition with all its readings, within a ``change_of_tables``.

    All readers and writers wait while the catalogue is changed, which does not depend on the number
    of readings. (PostgreSQL detaches concurrently only where there is no default partition.)
    """
    with connection.cursor() as cursor:
        # In one transaction: whoever meant to write to it finds it gone, never merely detached.
        cursor.execute(f"ALTER TABLE {PARENT} DETACH PARTITION {table}")
        cursor.execute(f"DROP TABLE {table}")
