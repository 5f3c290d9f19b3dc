"""Writes what the peak rule finds: exceedances and register falls; supersedes what was split."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from monitoring.history.falls import make_falls
from monitoring.ingest.readings import Rows
from monitoring.models import Exceedance, RegisterFall
from monitoring.rules.episodes import Gone
from monitoring.rules.instants import from_us
from monitoring.rules.power import Exceeded, Fell
from monitoring.sql import FROM_US, US_OF, column_array

# Findings of a sensor do not overlap: the one that a late reading splits is the first that ends
# after it.
_SUPERSEDE = """
    UPDATE {table} finding SET superseded_at = %s
    FROM (
        SELECT DISTINCT split.id
        FROM unnest(%s::bigint[], %s::bigint[]) AS late (sensor_id, at_us)
        CROSS JOIN LATERAL (
            SELECT id, started_at FROM {table}
            WHERE sensor_id = late.sensor_id AND superseded_at IS NULL AND ended_at > {late_at}
            ORDER BY ended_at LIMIT 1
        ) split
        WHERE split.started_at < {late_at}
    ) split
    WHERE finding.id = split.id
    RETURNING finding.sensor_id, {columns}
"""


def supersede_split(late: Rows, *, now: datetime) -> list[tuple[int, Gone]]:
    """Marks the findings that a late reading splits. Returns the exceedances with their sensors."""
    _supersede(RegisterFall._meta.db_table, late, now, columns="0")
    gone = _supersede(Exceedance._meta.db_table, late, now, columns=_GONE)
    return [(sensor_id, Gone(*one)) for sensor_id, *one in gone]


_GONE = ", ".join(
    [US_OF.format(column="finding.started_at"), US_OF.format(column="finding.ended_at"), "power_kw"]
)


def _supersede(table: str, late: Rows, now: datetime, *, columns: str) -> list[tuple[Any, ...]]:
    late_at = FROM_US.format(expression="late.at_us")
    with connection.cursor() as cursor:
        cursor.execute(
            _SUPERSEDE.format(table=table, late_at=late_at, columns=columns),
            [now, column_array(late.sensor_id), column_array(late.at_us)],
        )
        return list(cursor.fetchall())


def record_exceedances(found: Sequence[tuple[int, Exceeded]]) -> None:
    """Stores (sensor key, exceedance) pairs."""
    Exceedance.objects.bulk_create(
        [
            Exceedance(
                sensor_id=sensor_id,
                started_at=from_us(exceeded.start.at_us),
                ended_at=from_us(exceeded.end.at_us),
                power_kw=exceeded.power_kw,
                limit_kw=exceeded.limit_kw,
            )
            for sensor_id, exceeded in found
        ]
    )


def record_falls(found: Sequence[tuple[int, Fell]]) -> None:
    """Stores (sensor key, register fall) pairs, each with what the rules make of it."""
    RegisterFall.objects.bulk_create(make_falls(found))
