"""Writes readings: those that are newer than all, by COPY; late and repeated ones with care.

The table is partitioned by month, so each query says between which instants it looks: constants,
by which PostgreSQL leaves other months out of the plan, or even out of the locks.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db import IntegrityError, OperationalError, ProgrammingError, connection
from numpy.typing import NDArray
from psycopg2.errors import CheckViolation

from monitoring.partitions.known import forget_partitions, get_table_of
from monitoring.rules.columns import NEVER_US, Booleans, Floats, Instants, Keys
from monitoring.rules.instants import from_us
from monitoring.sql import FROM_US, US_OF, column_array, copy_buffer, copy_record, fetch_records


@dataclass(frozen=True, slots=True)
class Rows:
    """Readings of sensors that are known, as columns: UTC microseconds since 1970, kWh."""

    sensor_id: Keys
    at_us: Instants
    energy_kwh: Floats

    def __len__(self) -> int:
        return len(self.sensor_id)

    def pick(self, rows: Booleans | Keys) -> "Rows":
        """Some of the rows."""
        return Rows(self.sensor_id[rows], self.at_us[rows], self.energy_kwh[rows])


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Stored readings with the ones before and after each; ``NEVER_US`` where there is none."""

    rows: Rows
    previous_us: Instants
    previous_kwh: Floats
    following_us: Instants
    following_kwh: Floats


class PartitionsChanged(OperationalError):
    """A partition was made while readings were on their way to another table: try again."""


#: Neighbours are looked for this near first: in two or three partitions, however many there are.
NEAR = timedelta(days=32)

_COPY = "COPY {table} (sensor_id, measured_at, energy_kwh) FROM STDIN (FORMAT binary)"

_LATE = f"""
    FROM (SELECT number, sensor_id, {FROM_US.format(expression="at_us")} AS measured_at, energy_kwh
          FROM unnest(%(sensor_ids)s::bigint[], %(at_us)s::bigint[], %(energy_kwh)s::float8[])
               WITH ORDINALITY AS late (sensor_id, at_us, energy_kwh, number)) late
"""

_INSERT = f"""
    INSERT INTO monitoring_reading (sensor_id, measured_at, energy_kwh)
    SELECT sensor_id, measured_at, energy_kwh {_LATE}
    ON CONFLICT DO NOTHING
    RETURNING sensor_id, {US_OF.format(column="measured_at")}
"""
_INSERTED = copy_record(("sensor_id", ">i8"), ("at_us", ">i8"))

_STORED = f"""
    SELECT stored.energy_kwh
    {_LATE}
    JOIN monitoring_reading stored
      ON stored.sensor_id = late.sensor_id AND stored.measured_at = late.measured_at
     AND stored.measured_at BETWEEN %(first)s AND %(last)s
    ORDER BY late.number
"""
_VALUE = copy_record(("energy_kwh", ">f8"))

# Each bound twice: a constant for the plan, and what the row at hand needs of that.
_NEIGHBOURS = f"""
    SELECT coalesce({US_OF.format(column="previous.measured_at")}, {NEVER_US}),
           coalesce(previous.energy_kwh, 0),
           coalesce({US_OF.format(column="following.measured_at")}, {NEVER_US}),
           coalesce(following.energy_kwh, 0)
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
    ORDER BY late.number
"""
_NEAR = copy_record(
    ("previous_us", ">i8"),
    ("previous_kwh", ">f8"),
    ("following_us", ">i8"),
    ("following_kwh", ">f8"),
)
_SPAN = f"interval '{NEAR.days} days'"
_NEAR_NEIGHBOURS = _NEIGHBOURS.format(
    not_long_before=f"AND measured_at >= late.measured_at - {_SPAN} AND measured_at >= %(from)s",
    not_long_after=f"AND measured_at <= late.measured_at + {_SPAN} AND measured_at <= %(to)s",
)
_ANY_NEIGHBOURS = _NEIGHBOURS.format(not_long_before="", not_long_after="")


def copy_newer(newer: Rows) -> None:
    """Stores readings that are newer than every stored one of their sensor: no conflict can be."""
    first, last = from_us(int(newer.at_us.min())), from_us(int(newer.at_us.max()))
    with _stable_partitions():
        copy_rows(newer, get_table_of(first, last))


def copy_rows(rows: Rows, table: str) -> None:
    """Appends rows to a table with the columns of readings."""
    buffer = copy_buffer(rows.sensor_id, rows.at_us, rows.energy_kwh)
    with connection.wrap_database_errors, connection.cursor() as cursor:
        # All in one piece: between two, the driver would wait for Python's lock. By position, as
        # the cursor that logs queries (DEBUG) takes no keywords.
        cursor.copy_expert(_COPY.format(table=table), buffer, buffer.getbuffer().nbytes)


def insert_late(rows: Rows) -> tuple[Rows, Rows]:
    """Stores readings whose times may be taken. Returns those stored, and those in conflict.

    ``rows`` are in order of sensor and time, and so is what is returned. A repeat (same sensor,
    time and value) is neither. Of several values of one time that is free, the first is stored.
    """
    parameters = _parameters(rows)
    with _stable_partitions(), connection.wrap_database_errors:
        inserted = fetch_records(_INSERT, parameters, _INSERTED)
        if len(inserted) == len(rows):
            return rows, rows.pick(np.zeros(0, np.int64))
        kept_kwh = fetch_records(_STORED, parameters, _VALUE)["energy_kwh"]
    is_kept = kept_kwh == rows.energy_kwh
    return rows.pick(is_kept & _is_among(rows, inserted)), rows.pick(~is_kept)


def _is_among(rows: Rows, inserted: NDArray[np.void]) -> Booleans:
    """Which rows have the sensor and time of one that was inserted."""
    ids = np.concatenate([inserted["sensor_id"], rows.sensor_id])
    at_us = np.concatenate([inserted["at_us"], rows.at_us])
    order = np.lexsort((at_us, ids))  # stable: the inserted one stays before its equals
    is_among = np.empty(len(order), np.bool_)
    is_among[order] = order[first_of_equals(ids[order], at_us[order])] < len(inserted)
    return is_among[len(inserted) :]


def first_of_equals(ids: Keys, at_us: Instants) -> Keys:
    """For each of the sorted readings, where the first with the same sensor and time stands."""
    begins = np.ones(len(ids), np.bool_)
    begins[1:] = (ids[1:] != ids[:-1]) | (at_us[1:] != at_us[:-1])
    first: Keys = np.maximum.accumulate(np.where(begins, np.arange(len(ids)), 0))
    return first


def get_neighbours(rows: Rows) -> Neighbours:
    """The stored readings next to each of ``rows``, which are stored themselves."""
    found = fetch_records(_NEAR_NEIGHBOURS, _parameters(rows), _NEAR).copy()
    lonely = (found["previous_us"] == NEVER_US) | (found["following_us"] == NEVER_US)
    if lonely.any():
        found[lonely] = fetch_records(_ANY_NEIGHBOURS, _parameters(rows.pick(lonely)), _NEAR)
    return Neighbours(
        rows,
        found["previous_us"].astype(np.int64),
        found["previous_kwh"].astype(np.float64),
        found["following_us"].astype(np.int64),
        found["following_kwh"].astype(np.float64),
    )


def _parameters(rows: Rows) -> dict[str, str | datetime]:
    """The rows as columns, and between which instants to look."""
    first, last = from_us(int(rows.at_us.min())), from_us(int(rows.at_us.max()))
    return {
        "sensor_ids": column_array(rows.sensor_id),
        "at_us": column_array(rows.at_us),
        "energy_kwh": column_array(rows.energy_kwh),
        "first": first,
        "last": last,
        "from": first - NEAR,
        "to": last + NEAR,
    }


@contextmanager
def _stable_partitions() -> Iterator[None]:
    """Tells what comes of a change of the partitions from what is wrong with a reading."""
    try:
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
