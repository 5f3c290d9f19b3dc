"""Writes readings: those that are newer than all, by COPY; late and repeated ones with care."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection

from monitoring.rules.columns import Floats, Instants, Keys
from monitoring.rules.power import Sample
from monitoring.sql import FROM_US, US_OF, array, copy_buffer


class Row(NamedTuple):
    """One reading of a sensor that is known: UTC microseconds since 1970, kWh."""

    sensor_id: int
    at_us: int
    energy_kwh: float


class Neighbours(NamedTuple):
    """A stored reading with the ones before and after it."""

    sensor_id: int
    previous: Sample | None
    reading: Sample
    following: Sample | None


_COPY = "COPY monitoring_reading (sensor_id, measured_at, energy_kwh) FROM STDIN (FORMAT binary)"

_LATE = f"""
    FROM (SELECT sensor_id, {FROM_US.format(expression="at_us")} AS measured_at, energy_kwh
          FROM unnest(%s::bigint[], %s::bigint[], %s::float8[])
               AS late (sensor_id, at_us, energy_kwh)) late
"""

_INSERT = f"""
    INSERT INTO monitoring_reading (sensor_id, measured_at, energy_kwh)
    SELECT sensor_id, measured_at, energy_kwh {_LATE}
    ON CONFLICT DO NOTHING
    RETURNING sensor_id, {US_OF.format(column="measured_at")}
"""

_STORED = f"""
    SELECT stored.sensor_id, {US_OF.format(column="stored.measured_at")}, stored.energy_kwh
    {_LATE}
    JOIN monitoring_reading stored
      ON stored.sensor_id = late.sensor_id AND stored.measured_at = late.measured_at
"""

_NEIGHBOURS = f"""
    SELECT late.sensor_id,
           {US_OF.format(column="previous.measured_at")}, previous.energy_kwh,
           {US_OF.format(column="late.measured_at")}, late.energy_kwh,
           {US_OF.format(column="following.measured_at")}, following.energy_kwh
    {_LATE}
    LEFT JOIN LATERAL (
        SELECT measured_at, energy_kwh FROM monitoring_reading
        WHERE sensor_id = late.sensor_id AND measured_at < late.measured_at
        ORDER BY measured_at DESC LIMIT 1
    ) previous ON true
    LEFT JOIN LATERAL (
        SELECT measured_at, energy_kwh FROM monitoring_reading
        WHERE sensor_id = late.sensor_id AND measured_at > late.measured_at
        ORDER BY measured_at LIMIT 1
    ) following ON true
"""


def copy_newer(sensor_ids: Keys, at_us: Instants, energy_kwh: Floats) -> None:
    """Stores readings that are newer than every stored one of their sensor: no conflict can be."""
    buffer = copy_buffer(sensor_ids, at_us, energy_kwh)
    with connection.cursor() as cursor:
        # All in one piece: between two, the driver would wait for Python's lock. By position, as
        # the cursor that logs queries (DEBUG) takes no keywords.
        cursor.copy_expert(_COPY, buffer, buffer.getbuffer().nbytes)


def insert_late(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Stores readings whose times may be taken. Returns those stored, and those in conflict.

    A repeat (same sensor, time and value) is neither.
    """
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, _columns(rows))
        stored = set(cursor.fetchall())
        rest = [row for row in rows if (row.sensor_id, row.at_us) not in stored]
        if not rest:
            return list(rows), []
        cursor.execute(_STORED, _columns(rest))
        kept = {(sensor_id, at_us): energy_kwh for sensor_id, at_us, energy_kwh in cursor}
    return (
        [row for row in rows if (row.sensor_id, row.at_us) in stored],
        [row for row in rest if kept[row.sensor_id, row.at_us] != row.energy_kwh],
    )


def get_neighbours(rows: Sequence[Row]) -> list[Neighbours]:
    """The stored readings next to each of ``rows``, which are stored themselves."""
    with connection.cursor() as cursor:
        cursor.execute(_NEIGHBOURS, _columns(rows))
        return [
            Neighbours(
                sensor_id,
                None if before_us is None else Sample(before_us, before_kwh),
                Sample(at_us, energy_kwh),
                None if after_us is None else Sample(after_us, after_kwh),
            )
            for sensor_id, before_us, before_kwh, at_us, energy_kwh, after_us, after_kwh in cursor
        ]


def _columns(rows: Sequence[Row]) -> list[str]:
    return [
        array(row.sensor_id for row in rows),
        array(row.at_us for row in rows),
        array(row.energy_kwh for row in rows),
    ]
