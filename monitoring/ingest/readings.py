"""Writes readings: those that are newer than all, by COPY; late and repeated ones with care.

The table is partitioned by month, so each query says between which instants it looks: constants,
by which PostgreSQL leaves other months out of the plan, or even out of the locks.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import compress
from operator import not_
from typing import NamedTuple

from django.db import IntegrityError, OperationalError, ProgrammingError, connection
from psycopg2.errors import CheckViolation

from monitoring.partitions.known import forget_partitions, get_table_of
from monitoring.rules.columns import Floats, Instants, Keys
from monitoring.rules.instants import from_us
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


class PartitionsChanged(OperationalError):
    """A partition was made while readings were on their way to another table: try again."""


#: Neighbours are looked for this near first: in two or three partitions, however many there are.
NEAR = timedelta(days=32)

_COPY = "COPY {table} (sensor_id, measured_at, energy_kwh) FROM STDIN (FORMAT binary)"

_LATE = f"""
    FROM (SELECT sensor_id, {FROM_US.format(expression="at_us")} AS measured_at, energy_kwh
          FROM unnest(%(sensor_ids)s::bigint[], %(at_us)s::bigint[], %(energy_kwh)s::float8[])
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
     AND stored.measured_at BETWEEN %(first)s AND %(last)s
"""

# Each bound twice: a constant for the plan, and what the row at hand needs of that.
_NEIGHBOURS = f"""
    SELECT late.sensor_id,
           {US_OF.format(column="previous.measured_at")}, previous.energy_kwh,
           {US_OF.format(column="late.measured_at")}, late.energy_kwh,
           {US_OF.format(column="following.measured_at")}, following.energy_kwh
    {_LATE}
    LEFT JOIN LATERAL (
        SELECT measured_at, energy_kwh FROM monitoring_reading
        WHERE sensor_id = late.sensor_id
          AND measured_at < late.measured_at AND measured_at < %(last)s {{not_long_before}}
        ORDER BY measured_at DESC LIMIT 1
    ) previous ON true
    LEFT JOIN LATERAL (
        SELECT measured_at, energy_kwh FROM monitoring_reading
        WHERE sensor_id = late.sensor_id
          AND measured_at > late.measured_at AND measured_at > %(first)s {{not_long_after}}
        ORDER BY measured_at LIMIT 1
    ) following ON true
"""
_SPAN = f"interval '{NEAR.days} days'"
_NEAR_NEIGHBOURS = _NEIGHBOURS.format(
    not_long_before=f"AND measured_at >= late.measured_at - {_SPAN} AND measured_at >= %(from)s",
    not_long_after=f"AND measured_at <= late.measured_at + {_SPAN} AND measured_at <= %(to)s",
)
_ANY_NEIGHBOURS = _NEIGHBOURS.format(not_long_before="", not_long_after="")


def copy_newer(sensor_ids: Keys, at_us: Instants, energy_kwh: Floats) -> None:
    """Stores readings that are newer than every stored one of their sensor: no conflict can be."""
    buffer = copy_buffer(sensor_ids, at_us, energy_kwh)
    copy = _COPY.format(table=get_table_of(from_us(int(at_us.min())), from_us(int(at_us.max()))))
    with _stable_partitions(), connection.cursor() as cursor:
        # All in one piece: between two, the driver would wait for Python's lock. By position, as
        # the cursor that logs queries (DEBUG) takes no keywords.
        cursor.copy_expert(copy, buffer, buffer.getbuffer().nbytes)


def insert_late(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Stores readings whose times may be taken. Returns those stored, and those in conflict.

    A repeat (same sensor, time and value) is neither. Of several values of one time that is free,
    the first is stored.
    """
    with _stable_partitions(), connection.cursor() as cursor:
        cursor.execute(_INSERT, _parameters(rows))
        stored = set(cursor.fetchall())
        if len(stored) == len(rows):
            return list(rows), []
        cursor.execute(_STORED, _parameters(rows))
        kept = {(sensor_id, at_us): energy_kwh for sensor_id, at_us, energy_kwh in cursor}
    is_kept = [kept[row.sensor_id, row.at_us] == row.energy_kwh for row in rows]
    new = (row for row in compress(rows, is_kept) if (row.sensor_id, row.at_us) in stored)
    return list(dict.fromkeys(new)), list(compress(rows, map(not_, is_kept)))


def get_neighbours(rows: Sequence[Row]) -> list[Neighbours]:
    """The stored readings next to each of ``rows``, which are stored themselves."""
    found = _find_neighbours(_NEAR_NEIGHBOURS, rows)
    lonely = [near for near in found if near.previous is None or near.following is None]
    if not lonely:
        return found
    rows = [Row(near.sensor_id, *near.reading) for near in lonely]
    return [
        *(near for near in found if near.previous is not None and near.following is not None),
        *_find_neighbours(_ANY_NEIGHBOURS, rows),
    ]


def _find_neighbours(query: str, rows: Sequence[Row]) -> list[Neighbours]:
    with connection.cursor() as cursor:
        cursor.execute(query, _parameters(rows))
        return [
            Neighbours(
                sensor_id,
                None if before_us is None else Sample(before_us, before_kwh),
                Sample(at_us, energy_kwh),
                None if after_us is None else Sample(after_us, after_kwh),
            )
            for sensor_id, before_us, before_kwh, at_us, energy_kwh, after_us, after_kwh in cursor
        ]


def _parameters(rows: Sequence[Row]) -> dict[str, str | datetime]:
    """The rows as columns, and between which instants to look."""
    first = from_us(min(row.at_us for row in rows))
    last = from_us(max(row.at_us for row in rows))
    return {
        "sensor_ids": array(row.sensor_id for row in rows),
        "at_us": array(row.at_us for row in rows),
        "energy_kwh": array(row.energy_kwh for row in rows),
        "first": first,
        "last": last,
        "from": first - NEAR,
        "to": last + NEAR,
    }


@contextmanager
def _stable_partitions() -> Iterator[None]:
    """Tells what comes of a change of the partitions from what is wrong with a reading."""
    try:
        with connection.wrap_database_errors:  # else COPY raises the driver's own
            yield
    except ProgrammingError:  # there is no such table
        forget_partitions()
        raise
    except IntegrityError as error:
        cause = error.__cause__
        # On its way to the default partition, which has just ceded that month. Unlike the table's
        # own constraints, the bounds of a partition have no name.
        if isinstance(cause, CheckViolation) and cause.diag.constraint_name is None:
            forget_partitions()
            raise PartitionsChanged(str(error)) from error
        raise
