"""Writes what the peak rule finds: exceedances and register falls; supersedes what was split."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from monitoring.history.falls import make_falls
from monitoring.ingest.readings import Row
from monitoring.models import Exceedance, RegisterFall
from monitoring.rules.episodes import Span
from monitoring.rules.instants import from_us
from monitoring.rules.power import Exceeded, Fell
from monitoring.sql import FROM_US, US_OF, array

_SUPERSEDE = """
    UPDATE {table} finding SET superseded_at = %s
    FROM unnest(%s::bigint[], %s::bigint[]) AS late (sensor_id, at_us)
    WHERE finding.sensor_id = late.sensor_id AND finding.superseded_at IS NULL
      AND finding.started_at < {late_at} AND finding.ended_at > {late_at}
    RETURNING finding.sensor_id, {started_us}, {ended_us}
"""


def supersede_split(late: Sequence[Row], *, now: datetime) -> list[Span]:
    """Marks the findings that a late reading splits. Returns the spans of the exceedances."""
    _supersede(RegisterFall._meta.db_table, late, now)
    return [Span(*row) for row in _supersede(Exceedance._meta.db_table, late, now)]


def _supersede(table: str, late: Sequence[Row], now: datetime) -> list[tuple[int, int, int]]:
    statement = _SUPERSEDE.format(
        table=table,
        late_at=FROM_US.format(expression="late.at_us"),
        started_us=US_OF.format(column="finding.started_at"),
        ended_us=US_OF.format(column="finding.ended_at"),
    )
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            [now, array(row.sensor_id for row in late), array(row.at_us for row in late)],
        )
        return list(cursor.fetchall())


def record_exceedances(found: Sequence[tuple[int, Exceeded]]) -> list[Span]:
    """Stores (sensor key, exceedance) pairs. Returns their spans."""
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
    return [Span(sensor_id, found.start.at_us, found.end.at_us) for sensor_id, found in found]


def record_falls(found: Sequence[tuple[int, Fell]]) -> None:
    """Stores (sensor key, register fall) pairs, each with what the rules make of it."""
    RegisterFall.objects.bulk_create(make_falls(found))
