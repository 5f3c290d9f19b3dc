"""What a query opens of 36 partitions, by what PostgreSQL says of its plan."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from devices.models import Sensor
from monitoring.api.parameters import Window
from monitoring.api.readings import get_readings
from monitoring.ingest.readings import Rows, get_neighbours, insert_late
from monitoring.ingest.store import store_batch
from monitoring.pages.power_history import get_power_stretches
from monitoring.partitions import edge
from monitoring.partitions.keeping import create_partitions
from monitoring.partitions.months import DEFAULT, Month
from monitoring.rules.columns import NEVER_US
from monitoring.rules.instants import to_us
from tests.partitions.test_tables import readings

pytestmark = pytest.mark.django_db

FIRST, MONTHS = Month(2002, 1), 36
SCAN = re.compile(r"Scan (?:using \S+ )?on (monitoring_reading\w*)[^\n]*\(actual")
COPIED = re.compile(r"COPY \((.*)\) TO STDOUT.*", re.DOTALL)
NOW = datetime(2004, 12, 31, tzinfo=UTC)


@pytest.fixture(autouse=True)
def months(meter: Sensor) -> None:
    """A reading every six hours of three years, each month in its partition."""
    create_partitions([FIRST.plus(number) for number in range(MONTHS)])
    times = [FIRST.start + timedelta(hours=6 * number) for number in range(365 * 4 * 3)]
    store_batch(readings(meter, *times), now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE monitoring_reading")


def explain(queries: CaptureQueriesContext) -> list[str]:
    """The plans of the queries, run again; of a COPY the plan of its query."""
    plans = []
    for query in list(queries):
        statement = COPIED.sub(r"\1", query["sql"])
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {statement}")
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
    return plans


@contextmanager
def opened() -> Iterator[list[set[str]]]:
    """The tables that each query of the block in turn has read, once the block has ended."""
    found: list[set[str]] = []
    with CaptureQueriesContext(connection) as queries:
        yield found
    found += [set(SCAN.findall(plan)) for plan in explain(queries)]


def rows(meter: Sensor, *times: datetime) -> Rows:
    at_us = np.array([to_us(at) for at in times])
    return Rows(np.full(len(times), meter.pk), at_us, np.ones(len(times)))


def test_neighbours_of_a_late_reading_are_looked_for_nearby(meter: Sensor) -> None:
    late = rows(meter, datetime(2003, 6, 15, 1, 0, tzinfo=UTC))
    insert_late(late)
    with opened() as found:
        near = get_neighbours(late)
    assert NEVER_US not in {*near.previous_us, *near.following_us}
    assert found == [{Month(2003, 6).partition}]


def test_neighbours_over_the_months_end_are_found_there(meter: Sensor) -> None:
    late = rows(meter, datetime(2003, 6, 30, 23, 0, tzinfo=UTC))
    insert_late(late)
    with opened() as found:
        near = get_neighbours(late)
    assert near.following_us.tolist() == [to_us(Month(2003, 7).start)]
    assert found == [{Month(2003, 6).partition, Month(2003, 7).partition}]


def test_what_is_far_is_not_even_planned(meter: Sensor) -> None:
    late = rows(meter, datetime(2003, 6, 15, 1, 0, tzinfo=UTC))
    insert_late(late)
    with CaptureQueriesContext(connection) as queries:
        get_neighbours(late)
    (plan,) = explain(queries)
    planned = set(re.findall(r"on (monitoring_reading\w*)", plan))
    assert planned == {Month(2003, month).partition for month in (5, 6, 7)}


def test_each_late_reading_of_a_wide_batch_opens_its_own_months_only(meter: Sensor) -> None:
    late = rows(meter, *(datetime(2003, month, 15, 1, 0, tzinfo=UTC) for month in (3, 12)))
    insert_late(late)
    with opened() as found:
        assert len(get_neighbours(late).rows) == 2
    assert found == [{Month(2003, 3).partition, Month(2003, 12).partition}]


def test_only_readings_without_neighbours_nearby_are_looked_for_further(meter: Sensor) -> None:
    lonely = datetime(2001, 6, 1, tzinfo=UTC)
    late = rows(meter, lonely, datetime(2003, 6, 15, 1, 0, tzinfo=UTC))
    insert_late(late)
    near = get_neighbours(late)
    assert near.previous_us[0] == NEVER_US
    assert near.following_us[0] == to_us(FIRST.start)
    assert NEVER_US not in {near.previous_us[1], near.following_us[1]}


def test_repeats_and_conflicts_are_looked_up_in_their_months(meter: Sensor) -> None:
    late = rows(meter, datetime(2003, 6, 15, tzinfo=UTC), datetime(2003, 6, 16, tzinfo=UTC))
    with opened() as found:
        stored, conflicts = insert_late(late)
    assert (len(stored), conflicts.at_us.tolist()) == (0, late.at_us.tolist())
    assert found[1] == {Month(2003, 6).partition}


def test_page_of_readings_opens_the_months_of_its_window(meter: Sensor) -> None:
    start = datetime(2003, 6, 15, tzinfo=UTC)
    page = get_readings(meter, Window(start, start + timedelta(days=30))).order_by("measured_at")
    with opened() as found:
        assert len(page[:101]) == 101
    assert found == [{Month(2003, 6).partition, Month(2003, 7).partition}]


def test_power_of_a_day_opens_its_month(meter: Sensor) -> None:
    start = datetime(2003, 6, 15, tzinfo=UTC)
    with opened() as found:
        get_power_stretches(sensor_ids=[meter.pk], start=start, end=start + timedelta(days=1))
    assert found == [{Month(2003, 6).partition}]


def test_what_stays_of_dropped_months_is_found_by_the_key_in_these_months() -> None:
    kept_from = FIRST.plus(2)
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan"):  # a month of the test is a page or two
            cursor.execute(f"SET LOCAL enable_{way} = off")
        fill = edge._FILL.format(table=DEFAULT)
        cursor.execute(f"EXPLAIN {fill}", {"kept_from": kept_from.start})
        plan = "\n".join(line for (line,) in cursor.fetchall())
    scans = re.findall(r"(\w+(?: Only)? Scan)[^\n]* on (monitoring_reading_\d\w*)", plan)
    assert {table for _, table in scans} == {FIRST.partition, FIRST.plus(1).partition}
    assert {kind for kind, _ in scans} <= {"Index Scan", "Index Only Scan"}
    assert plan.count("sensor_id = state.sensor_id") >= len(scans)  # of one sensor, not of all
