"""Spans of sensors whose quarter hours must be computed anew, remembered until that is done."""

from collections.abc import Iterable, Iterator

from django.db import connection

from monitoring.rules.episodes import Span
from monitoring.rules.intervals import QUARTER_US
from monitoring.sql import FROM_US, array

_RECORD = f"""
    INSERT INTO monitoring_affectedspan (sensor_id, started_at, ended_at)
    SELECT sensor_id, {FROM_US.format(expression="start_us")},
           {FROM_US.format(expression="end_us")}
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS span (sensor_id, start_us, end_us)
"""


def record_affected(spans: Iterable[Span]) -> None:
    """Remembers spans in which a sensor's readings, or their meaning, have changed.

    To be called in the transaction that changes them. Readings that are newer than all others need
    no span: that they are newer is what the summing looks for.
    """
    merged = list(_merge(spans))
    if merged:
        with connection.cursor() as cursor:
            cursor.execute(_RECORD, [array(column) for column in zip(*merged, strict=True)])


def _merge(spans: Iterable[Span]) -> Iterator[Span]:
    """Spans less than a quarter hour apart as one; those without any length are left out.

    Readings out of order would leave thousands of spans otherwise.
    """
    last: Span | None = None
    for span in sorted(span for span in spans if span.start_us < span.end_us):
        if last and span.sensor_id == last.sensor_id and span.start_us <= last.end_us + QUARTER_US:
            last = Span(last.sensor_id, last.start_us, max(last.end_us, span.end_us))
        else:
            if last:
                yield last
            last = span
    if last:
        yield last
