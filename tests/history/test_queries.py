"""Consumption out of the store, whatever the order in which readings came."""

import random
import re
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from devices.models import Sensor
from monitoring.history.boundaries import GroupBy
from monitoring.history.consumption import Consumption
from monitoring.history.queries import get_consumption
from tests.conftest import NOON, Store, make_sensor

UTC_ZONE = ZoneInfo("UTC")


def consumption(sensor: Sensor, hours: float, group_by: GroupBy) -> list[Consumption]:
    """From an hour before noon to ``hours`` after it."""
    return get_consumption(
        sensor_id=sensor.pk,
        start=NOON - timedelta(hours=1),
        end=NOON + timedelta(hours=hours),
        group_by=group_by,
        zone=UTC_ZONE,
    )


def test_intervals_are_those_of_the_sensor_alone(meter: Sensor, store: Store) -> None:
    other = make_sensor(meter.device)
    store(meter, (0, 10.0), (60, 12.0))
    store(other, (0, 500.0), (60, 400.0))
    found = consumption(meter, 2, GroupBy.HOUR)
    assert [interval.kwh for interval in found] == [None, 2.0, None]
    assert [interval.covered_us for interval in found] == [0, 3_600_000_000, 0]


def test_superseded_fall_is_no_longer_taken_for_one(meter: Sensor, store: Store) -> None:
    # 100 → 90 → 91: a late 104 between shows that the fall was a larger one, and later.
    store(meter, (0, 100.0), (60, 90.0), (120, 91.0))
    assert [row.kwh for row in consumption(meter, 2, GroupBy.HOUR)] == [None, None, 1.0]
    store(meter, (30, 104.0))
    assert [row.kwh for row in consumption(meter, 2, GroupBy.HOUR)] == [None, 4.0, 1.0]


@pytest.mark.parametrize("seed", range(5))
def test_energy_is_conserved_whatever_the_order_of_arrival(
    meter: Sensor, store: Store, seed: int
) -> None:
    chance = random.Random(seed)
    register, values = 1000.0, []
    for minute in sorted(chance.sample(range(600), 120)):
        register = chance.uniform(0, 50) if chance.random() < 0.05 else register + chance.random()
        values.append((minute, register))
    arrival = chance.sample(values, len(values))
    for first in range(0, len(arrival), 17):
        store(meter, *arrival[first : first + 17])
    risen = sum(max(0.0, after - before) for (_, before), (_, after) in pairwise(values))
    for group_by in GroupBy:
        found = consumption(meter, 10, group_by)
        assert sum(interval.kwh or 0.0 for interval in found) == pytest.approx(risen, abs=1e-6)
        assert min(interval.kwh or 0.0 for interval in found) >= 0


def test_one_statement_reads_by_the_key_alone(
    meter: Sensor, store: Store, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    store(meter, *((minute, minute / 60) for minute in range(100)))
    with django_assert_num_queries(1), CaptureQueriesContext(connection) as queries:
        consumption(meter, 2, GroupBy.QUARTER)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {queries[0]['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert plan.count("Limit") == 2
    scans = re.findall(r"(\w+(?: Only)? Scan)[^\n]* on monitoring_reading", plan)
    assert set(scans) <= {"Index Scan", "Index Only Scan"}
    assert len(scans) >= 2
    assert not re.search(r"Sort +\(", plan)  # partitions are merged by the key's order


def test_boundaries_are_exact_to_the_microsecond(meter: Sensor, store: Store) -> None:
    store(meter, (-1e-5, 1.0), (0, 2.0), (60, 3.0))
    found = consumption(meter, 1, GroupBy.HOUR)
    assert [interval.kwh for interval in found] == [1.0, 1.0]
    assert found[0].covered_us == 600
