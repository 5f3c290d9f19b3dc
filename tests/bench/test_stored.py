"""What is asked of a run's database, on a real PostgreSQL."""

import os
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest

from bench.failure import BenchFailed
from bench.messages import Sent, sensor_uuid
from bench.stored import Stored

AT_US = 1_773_144_000_000_000
PLAIN = """
    CREATE TEMPORARY TABLE readings (
        sensor_id bigint, measured_at timestamptz, energy_kwh float8,
        PRIMARY KEY (sensor_id, measured_at))
"""
PARTS = """
    CREATE TEMPORARY TABLE odd PARTITION OF readings FOR VALUES FROM (0) TO (500);
    CREATE TEMPORARY TABLE even PARTITION OF readings FOR VALUES FROM (500) TO (1001)
"""
FILL = """
    INSERT INTO readings
    SELECT i % 1000, to_timestamp({at} - i), i FROM generate_series(0, 4999) i
"""


@pytest.fixture
def connection() -> Iterator[Any]:
    """A connection that sees tables of its own."""
    with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE devices_sensor (id bigint, uuid uuid)")
            cursor.execute("INSERT INTO devices_sensor VALUES (0, %s)", [sensor_uuid(0)])
        yield connection


def filled(connection: Any, *, partitioned: bool) -> Stored:
    by_range = " PARTITION BY RANGE (sensor_id)" if partitioned else ""
    fill = FILL.format(at=AT_US // 1_000_000)
    with connection.cursor() as cursor:
        cursor.execute(f"{PLAIN}{by_range}; {PARTS if partitioned else ''}; {fill}")
    return Stored(connection, table="readings")


@pytest.mark.parametrize("partitioned", [False, True])
def test_bytes_are_of_rows_and_indexes_in_all_partitions(
    connection: Any, partitioned: bool
) -> None:
    stored = filled(connection, partitioned=partitioned)
    tables = ["odd", "even"] if partitioned else ["readings"]
    files = [
        stored.value("SELECT pg_table_size(%s) + pg_indexes_size(%s)", table, table)
        for table in tables
    ]
    assert stored.bytes_a_reading() == sum(files) / 5_000
    assert stored.bytes_a_reading() > 40  # 24 of data, and the key again


def test_the_wait_ends_with_the_last_of_all_rows(connection: Any) -> None:
    stored = filled(connection, partitioned=False)
    before = time.perf_counter()
    at = stored.wait_for(Sent(0, AT_US, 0.0), rows=5_000, within_s=5, check=lambda: None)
    assert before < at < time.perf_counter()


@pytest.mark.parametrize(
    ("last", "rows"),
    [(Sent(0, AT_US + 1, 0.0), 5_000), (Sent(0, AT_US, 0.0), 5_001)],
    ids=["the last is missing", "another is missing"],
)
def test_a_missing_row_is_no_figure(connection: Any, last: Sent, rows: int) -> None:
    stored = filled(connection, partitioned=False)
    with pytest.raises(BenchFailed, match=f"5000 of {rows} rows"):
        stored.wait_for(last, rows=rows, within_s=0.05, check=lambda: None)


def test_the_wait_ends_when_the_program_does(connection: Any) -> None:
    stored = filled(connection, partitioned=False)

    def check() -> None:
        raise BenchFailed("It has ended.")

    with pytest.raises(BenchFailed, match="It has ended"):
        stored.wait_for(Sent(0, AT_US + 1, 0.0), rows=1, within_s=30, check=check)
