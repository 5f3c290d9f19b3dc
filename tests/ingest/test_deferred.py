"""Late readings, and those of sensors in use, never keep the others of their batch waiting."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import numpy as np
import pytest
from django.conf import LazySettings
from django.db import OperationalError, connection, connections, transaction
from psycopg2.errors import QueryCanceled

from devices.models import Device, Sensor
from monitoring.ingest import salvage as salvage_module
from monitoring.ingest import store as store_module
from monitoring.ingest.deferred import (
    DeferredWriter,
    Room,
    get_size_bytes,
    give_disk_back,
    store_deferred,
)
from monitoring.ingest.readings import Rows
from monitoring.ingest.salvage import store_or_quarantine
from monitoring.ingest.states import SensorKeys
from monitoring.ingest.store import Stored, divide_late, store_batch
from monitoring.models import DeferredReading, Peak, QuarantinedReading, Reading, SensorState
from monitoring.rules.instants import to_us
from monitoring.rules.readings import Reading as WireReading
from monitoring.rules.readings import Readings
from tests.conftest import NOON, make_sensor
from tests.ingest.deferring import store_all_deferred

WAIT_S = 20


def at(sensor: Sensor, minutes: Iterable[int], *, kwh_a_minute: float = 0.01) -> list[WireReading]:
    return [
        WireReading(
            str(sensor.uuid), to_us(NOON + timedelta(minutes=minute)), 100 + minute * kwh_a_minute
        )
        for minute in minutes
    ]


def store_live(*readings: WireReading) -> Stored:
    return store_batch(Readings.of(readings), now=NOON, may_defer=True)


@contextmanager
def held(sensor: Sensor) -> Iterator[None]:
    """Another transaction holds the sensor, like a worker that was stopped in mid-transaction."""
    is_held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            SensorState.objects.select_for_update().get(sensor=sensor)
            is_held.set()
            release.wait(WAIT_S)
        connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    assert is_held.wait(WAIT_S)
    try:
        yield
    finally:
        release.set()
        thread.join()


@pytest.fixture
def other(flat: Device) -> Sensor:
    return make_sensor(flat, "Other")


@pytest.mark.django_db
def test_few_late_readings_are_stored_at_once(meter: Sensor) -> None:
    store_live(*at(meter, [100]))
    stored = store_live(*at(meter, range(50)))
    assert (stored.readings, stored.deferred) == (50, 0)


@pytest.mark.django_db
def test_many_late_readings_are_put_aside_and_new_ones_stored(meter: Sensor, other: Sensor) -> None:
    store_live(*at(meter, [1000]), *at(other, [10]))
    stored = store_live(*at(meter, range(500)), *at(meter, [1001]), *at(other, [9, 11]))
    assert stored.deferred == 500 - store_module.LATE_A_SENSOR
    newest = SensorState.objects.order_by("pk").values_list("measured_at", flat=True)
    assert list(newest) == [NOON + timedelta(minutes=minute) for minute in (1001, 11)]
    assert Reading.objects.filter(sensor=other).count() == 3
    assert store_all_deferred() == stored.deferred
    assert Reading.objects.filter(sensor=meter).count() == 502
    assert not DeferredReading.objects.exists()


@pytest.mark.django_db
def test_a_repeat_of_what_is_put_aside_is_harmless(meter: Sensor) -> None:
    store_live(*at(meter, [1000]))
    for _ in range(2):
        store_live(*at(meter, range(200)))
    assert store_all_deferred() == 200 - store_module.LATE_A_SENSOR
    assert not QuarantinedReading.objects.exists()


@pytest.mark.django_db
def test_a_conflict_is_found_when_what_was_put_aside_is_stored(meter: Sensor) -> None:
    store_live(*at(meter, [1000]))
    store_live(*at(meter, range(200)))
    store_live(*at(meter, range(150, 200), kwh_a_minute=0.011))
    store_all_deferred()
    assert Reading.objects.filter(sensor=meter).count() == 201
    assert QuarantinedReading.objects.filter(reason="conflict").count() == 50


@pytest.mark.django_db
def test_a_peak_among_what_was_put_aside_is_found_and_told(meter: Sensor) -> None:
    store_live(*at(meter, [1000]))
    readings = at(meter, range(300))
    late = [
        r._replace(energy_kwh=r.energy_kwh + (1 if n > 250 else 0)) for n, r in enumerate(readings)
    ]
    store_live(*late)
    assert not Peak.objects.exists()
    results, _ = store_deferred(keys=SensorKeys())
    assert frozenset().union(*(stored.notified_user_ids for stored in results))
    assert Peak.objects.get().power_kw == pytest.approx(60.6)


@pytest.mark.django_db
def test_each_sensor_has_its_share_of_what_is_stored_at_once() -> None:
    ids = np.repeat([1, 2, 3], [5000, 40, 300])
    late = Rows(ids, np.arange(len(ids)), np.zeros(len(ids)))
    now, later = divide_late(late)
    assert np.unique(now.sensor_id, return_counts=True)[1].tolist() == [100, 40, 100]
    assert sorted([*now.at_us, *later.at_us]) == list(range(len(ids)))
    many = np.repeat(np.arange(3000), 2)
    now, _ = divide_late(Rows(many, np.arange(len(many)), np.zeros(len(many))))
    assert len(now) == store_module.LATE_AT_ONCE
    assert (np.diff(now.sensor_id) > 0).all()


@pytest.mark.django_db
def test_each_sensor_has_its_turn_with_what_was_put_aside(
    meter: Sensor, other: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitoring.ingest.deferred.READINGS_AT_ONCE", 100)
    store_live(*at(meter, [5000]), *at(other, [5000]))
    store_live(*at(meter, range(4000)))
    store_live(*at(other, range(120)))
    store_deferred(keys=SensorKeys())
    assert Reading.objects.filter(sensor=other).count() == 121


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("kept_partitions")
def test_a_sensor_that_is_held_delays_nobody_else(
    meter: Sensor, other: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "LOCK_TIMEOUT_MS", 20)
    store_live(*at(meter, [1]), *at(other, [1]))
    with held(meter):
        stored = store_live(*at(meter, [2]), *at(other, [2]))
        assert (stored.readings, stored.deferred) == (1, 1)
        assert store_deferred(keys=SensorKeys()) == ([], 0)
    assert store_all_deferred() == 1
    assert Reading.objects.count() == 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("kept_partitions")
def test_the_thread_stores_what_was_put_aside_and_tells_of_it(meter: Sensor) -> None:
    store_live(*at(meter, [5000]))
    store_live(*at(meter, range(400), kwh_a_minute=0.1))
    told = threading.Event()
    writer = DeferredWriter(is_live_busy=lambda: True, on_notified=lambda _: told.set())
    writer.start()
    try:
        # The first hundred have told of the peak already; what follows only extends it.
        while DeferredReading.objects.exists():
            assert writer.is_alive()
    finally:
        writer.stop()
        writer.join(WAIT_S)
    assert Reading.objects.count() == 401
    assert Peak.objects.filter(superseded_at__isnull=True).count() == 1


@pytest.mark.django_db
def test_no_more_is_put_aside_than_the_disk_that_was_allowed(settings: LazySettings) -> None:
    settings.INGEST_DEFERRED_MAX_MB = 0
    assert not Room().is_left()
    settings.INGEST_DEFERRED_MAX_MB = 1000
    assert Room().is_left()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("kept_partitions")
def test_an_empty_table_gives_its_disk_back(meter: Sensor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitoring.ingest.deferred.WORTH_TRUNCATING_BYTES", 0)
    store_live(*at(meter, [50_000]))
    store_live(*at(meter, range(2_000)))
    give_disk_back()
    full_bytes = get_size_bytes()
    assert DeferredReading.objects.exists()
    store_all_deferred()
    give_disk_back()
    assert get_size_bytes() < full_bytes / 2


@pytest.mark.django_db
def test_a_batch_that_takes_too_long_is_halved(
    meter: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []

    def slow(readings: Readings, *arguments: object, **options: object) -> Stored:
        sizes.append(len(readings))
        if len(readings) > 2:
            raise OperationalError("too slow") from QueryCanceled("statement timeout")
        return store_batch(readings, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(salvage_module, "store_batch", slow)
    list(store_or_quarantine(Readings.of(at(meter, range(8))), (), keys=SensorKeys()))
    assert sizes == [8, 4, 2, 2, 4, 2, 2]
    assert Reading.objects.count() == 8


@pytest.mark.django_db
def test_a_live_statement_has_a_limited_time(
    meter: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "STATEMENT_TIMEOUT_MS", 50)

    def sleep(*_: object, **__: object) -> list[object]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(20)")
        return []

    monkeypatch.setattr(store_module, "supersede_split", sleep)
    store_live(*at(meter, [10]))
    stored = list(
        store_or_quarantine(Readings.of(at(meter, [1, 2])), (), keys=SensorKeys(), may_defer=True)
    )
    assert [each.quarantined_by_reason for each in stored] == [{"not_storable": 1}] * 2
