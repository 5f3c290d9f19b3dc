"""What stays of months that are dropped: each sensor's last readings, so that history joins.

Consumption is what the register rose by between neighbours, so the first reading that is kept needs
the one before it: of a meter that was silent for months, or of one whose late reading comes between
the two. These few readings are a partition of all time before the months that are kept. Whoever
asks for readings finds them there, as if nothing had been dropped.

The last reading may lie within a quarter hour. To compute that one again, the edge goes back to the
last reading at or before its beginning.
"""

from collections.abc import Iterable

from django.db import connection

from monitoring.partitions.months import DEFAULT, PARENT, Month
from monitoring.partitions.tables import LIKE_PARENT, drop_table, get_edge

# By the key alone, sensor by sensor; ``kept_from`` as a constant, so that later months are not even
# in the plan.
_FILL = """
    INSERT INTO {table} (sensor_id, measured_at, energy_kwh)
    SELECT reading.sensor_id, reading.measured_at, reading.energy_kwh
    FROM monitoring_sensorstate state
    CROSS JOIN LATERAL (
        SELECT measured_at AS at,
               date_bin('15 minutes', measured_at, '2000-01-01T00:00:00Z') AS quarter_at
        FROM monitoring_reading
        WHERE sensor_id = state.sensor_id AND measured_at < %(kept_from)s
        ORDER BY measured_at DESC LIMIT 1
    ) last
    CROSS JOIN LATERAL (
        SELECT coalesce(
            (SELECT measured_at FROM monitoring_reading
             WHERE sensor_id = state.sensor_id
               AND measured_at <= last.quarter_at AND measured_at < %(kept_from)s
             ORDER BY measured_at DESC LIMIT 1),
            last.quarter_at
        ) AS at
        OFFSET 0  -- computed once, not once a partition
    ) first
    CROSS JOIN LATERAL (
        SELECT sensor_id, measured_at, energy_kwh FROM monitoring_reading
        WHERE sensor_id = state.sensor_id
          AND measured_at >= first.at AND measured_at <= last.at AND measured_at < %(kept_from)s
        OFFSET 0  -- else every reading is read, and compared
    ) reading
"""


def make_edge(kept_from: Month) -> None:
    """Copies the last readings before the month to a table of their own, not a partition yet.

    Takes a few descents of the key a sensor; nobody waits meanwhile.
    """
    with connection.cursor() as cursor:
        start = {"kept_from": kept_from.start}
        cursor.execute(
            f"CREATE TABLE {kept_from.edge} ({LIKE_PARENT}, CONSTRAINT before_month"
            " CHECK (measured_at < %(kept_from)s))",
            start,
        )
        cursor.execute(_FILL.format(table=kept_from.edge), start)


def lock_readings() -> None:
    """Everybody who asks for readings, or has asked in a transaction that goes on, is waited for;
    and waits for this transaction's end."""
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE ONLY {PARENT} IN ACCESS EXCLUSIVE MODE")


def put_edge_in_place(kept_from: Month, dropped: Iterable[Month]) -> None:
    """Drops months, and an earlier edge, and makes a partition of what ``make_edge`` has copied."""
    before = get_edge()
    for table in [month.partition for month in dropped] + ([before.edge] if before else []):
        drop_table(table)
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {DEFAULT} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(
            f"ALTER TABLE {PARENT} ATTACH PARTITION {kept_from.edge}"
            " FOR VALUES FROM (MINVALUE) TO (%s)",
            [kept_from.start],
        )
        cursor.execute(f"ALTER TABLE {kept_from.edge} DROP CONSTRAINT before_month")
