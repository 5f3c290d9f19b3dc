"""Partitions are made and dropped without a reading lost, and without making others wait."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from devices.models import Sensor
from monitoring.ingest.readings import PartitionsChanged
from monitoring.ingest.salvage import store_or_quarantine
from monitoring.ingest.states import SensorKeys
from monitoring.ingest.store import store_batch
from monitoring.models import QuarantinedReading, Reading
from monitoring.partitions.keeping import create_partitions
from monitoring.partitions.locks import Busy
from monitoring.partitions.months import Month
from monitoring.partitions.tables import (
    count_default,
    create_partition,
    get_months_in_default,
    get_partitions,
)
from monitoring.rules.instants import to_us
from monitoring.rules.readings import Reading as WireReading
from monitoring.rules.readings import Readings
from tests.partitions.dropping import drop_partition
from tests.servers import until

APRIL, MAY = Month(2003, 4), Month(2003, 5)
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


def readings(sensor: Sensor, *times: datetime) -> Readings:
    return Readings.of(
        WireReading(str(sensor.uuid), to_us(at), float(number)) for number, at in enumerate(times)
    )


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ONLY {table}")
        return int(cursor.fetchone()[0])


def in_another_connection(work: Callable[[], object]) -> object:
    """What ``work`` gives in a thread, whose connection is closed afterwards."""

    def run() -> object:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(30)


@contextmanager
def open_transaction(*statements: str) -> Iterator[None]:
    """Another connection's transaction, which has run the statements and is not at its end."""
    has_run, end = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                has_run.set()
                end.wait(30)
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert has_run.wait(30)
        yield
    finally:
        end.set()
        thread.join(30)


@pytest.mark.django_db
def test_rows_are_moved_out_of_the_default_partition(meter: Sensor) -> None:
    last, first, later = MAY.start - timedelta(microseconds=1), MAY.start, MAY.end
    store_batch(readings(meter, last, first, later), now=later)
    assert count_default(at_most=10) == 3
    assert count_default(at_most=2) == 2
    assert get_months_in_default() == [APRIL, MAY, Month(2003, 6)]
    assert create_partition(MAY)
    assert MAY in get_partitions()
    assert (count(MAY.partition), count_default(at_most=10)) == (1, 2)
    assert list(Reading.objects.values_list("measured_at", flat=True).order_by("measured_at")) == [
        *(last, first, later)
    ]


@pytest.mark.django_db
def test_a_partition_has_the_keys_and_rules_of_the_parent_and_nothing_more() -> None:
    create_partition(MAY)
    with connection.cursor() as cursor:
        found = {}
        for table in ("monitoring_reading", MAY.partition):
            cursor.execute(
                "SELECT contype, pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE conrelid = %s::regclass AND contype <> 'n'",
                [table],
            )
            found[table] = set(cursor.fetchall())
        assert found["monitoring_reading"] == found[MAY.partition]
        assert {kind for kind, _ in found[MAY.partition]} == {"c", "p"}
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.django_db
def test_making_it_again_changes_nothing(meter: Sensor) -> None:
    assert create_partition(MAY)
    store_batch(readings(meter, MAY.start), now=MAY.end)
    assert not create_partition(MAY)
    create_partitions([MAY, APRIL, MAY])
    assert {APRIL, MAY} <= get_partitions()
    assert count(MAY.partition) == 1


@pytest.mark.usefixtures("kept_partitions")
def test_two_at_once_make_it_once() -> None:
    with transaction.atomic():
        assert create_partition(MAY)
        with pytest.raises(Busy, match="Another process"):
            in_another_connection(lambda: create_partition(MAY))
    assert not in_another_connection(lambda: create_partition(MAY))


@pytest.mark.usefixtures("kept_partitions")
@pytest.mark.parametrize("change", [create_partition, drop_partition])
def test_tables_in_use_are_left_alone(change: Callable[[Month], object]) -> None:
    create_partition(MAY)
    before = get_partitions()
    with (
        open_transaction("SELECT count(*) FROM monitoring_reading"),
        pytest.raises(Busy, match="lock"),
    ):
        change(MAY if change is drop_partition else APRIL)
    assert get_partitions() == before
    change(MAY if change is drop_partition else APRIL)
    assert get_partitions() != before


@pytest.mark.usefixtures("kept_partitions")
def test_batch_on_its_way_to_the_default_partition_is_stored_in_the_new_one(meter: Sensor) -> None:
    """Its month's partition is made while it waits for the default partition's lock."""
    outcome: list[type[Exception]] = []

    def store() -> None:
        batch = readings(meter, MAY.start)
        try:
            list(store_or_quarantine(batch, (), keys=SensorKeys()))
        except PartitionsChanged as changed:
            outcome.append(type(changed))
            list(store_or_quarantine(batch, (), keys=SensorKeys()))
        finally:
            connection.close()

    thread = threading.Thread(target=store)
    with transaction.atomic():
        create_partition(MAY)
        thread.start()
        with connection.cursor() as cursor:

            def waits() -> bool:
                cursor.execute(WAITING)
                return bool(cursor.fetchone()[0])

            until(waits, what="the batch waits for the default partition")
    thread.join(30)
    assert outcome == [PartitionsChanged]
    assert (count(MAY.partition), count_default(at_most=10)) == (1, 0)
    assert not QuarantinedReading.objects.exists()


@pytest.mark.django_db
def test_dropping_takes_its_readings_and_no_others(meter: Sensor) -> None:
    create_partitions([APRIL, MAY])
    store_batch(
        readings(meter, APRIL.start, MAY.start, datetime(2004, 1, 1, tzinfo=UTC)), now=MAY.end
    )
    drop_partition(APRIL)
    assert APRIL not in get_partitions()
    assert not drop_partition(APRIL)
    assert Reading.objects.count() == 2
