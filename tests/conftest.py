"""The cast: an administrator, alice who owns, and charlie who must see nothing of hers."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import hypothesis
import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.test import Client, TransactionTestCase
from django.utils import translation
from kombu import Connection

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.history.summing import sum_intervals
from monitoring.ingest.store import store_batch
from monitoring.ingest.topology import DEAD_QUEUE, READINGS_QUEUE, declare_topology
from monitoring.partitions.known import forget_partitions
from monitoring.partitions.retention import forget_raw_kept_from
from monitoring.partitions.tables import create_partition, get_partitions
from monitoring.rules.instants import to_us
from monitoring.rules.readings import Reading, Readings
from tests.emptying import empty_tables
from tests.partitions.dropping import drop_edge, drop_partition

# How long an example takes says more of the machine than of the product.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
MAX_GAP = timedelta(hours=1)
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True, scope="session")
def _quick() -> Iterator[None]:
    """What each test would wait for, and none of them is about.

    A password's digest says with how much work it was made, so the platform's programs know the
    passwords of the tests all the same. They hash one anew at its first login by the form, which
    ends the user's other sessions.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Argon2PasswordHasher, "time_cost", 1)
        patch.setattr(Argon2PasswordHasher, "memory_cost", 8)  # KiB
        patch.setattr(Argon2PasswordHasher, "parallelism", 1)
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_tables)
        yield


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    """A request leaves its reader's language to its thread; the next test begins in English."""
    yield
    translation.deactivate()


@pytest.fixture
def broker_url() -> str:
    return os.environ["BROKER_URL"]


@pytest.fixture
def purged_queue(broker_url: str) -> None:
    """The readings' queue is there, and empty."""
    with Connection(broker_url) as broker:
        channel: Any = broker.channel()
        declare_topology(channel)
        channel.queue_purge(READINGS_QUEUE.name)
        channel.queue_purge(DEAD_QUEUE.name)


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    """What the process remembers of the partitions is of one test's database only."""
    yield
    forget_partitions()
    forget_raw_kept_from()


@pytest.fixture
def kept_partitions(transactional_db: None) -> Iterator[None]:
    """For tests that commit: afterwards the partitions are those that were there before."""
    before = get_partitions()
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE monitoring_reading")
    drop_edge()
    after = get_partitions()
    for month in after - before:
        drop_partition(month)
    for month in before - after:
        create_partition(month)


@pytest.fixture
def administrator(db: None) -> User:
    return User.objects.create_superuser("admin@example.com", PASSWORD, name="Ada")


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice@example.com", PASSWORD, name="Alice")


@pytest.fixture
def charlie(db: None) -> User:
    return User.objects.create_user("charlie@example.com", PASSWORD, name="Charlie")


def make_device(owner: User, description: str = "Flat") -> Device:
    return Device.objects.create(
        owner=owner,
        description=description,
        address="1 Main Street",
        max_hourly_consumption_kwh=Decimal(6),
    )


def make_sensor(device: Device, description: str = "Main meter", max_power_kw: str = "4") -> Sensor:
    return Sensor.objects.create(
        device=device, description=description, max_power_kw=Decimal(max_power_kw)
    )


@pytest.fixture
def flat(alice: User) -> Device:
    """Alice's device."""
    return make_device(alice)


@pytest.fixture
def meter(flat: Device) -> Sensor:
    """The sensor of alice's device; its maximum is 4 kW."""
    return make_sensor(flat)


@pytest.fixture
def as_alice(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def as_charlie(charlie: User) -> Client:
    client = Client()
    client.force_login(charlie)
    return client


@pytest.fixture
def as_administrator(administrator: User) -> Client:
    client = Client()
    client.force_login(administrator)
    return client


def reading(sensor: Sensor, minute: float, energy_kwh: float) -> Reading:
    """A reading ``minute`` minutes after ``NOON``."""
    at = NOON + timedelta(minutes=minute)
    return Reading(str(sensor.uuid), to_us(at), energy_kwh)


Store = Callable[..., None]
Summed = Callable[[], None]


@pytest.fixture
def store(db: None) -> Store:
    """``store(sensor, (minute, kWh), …)``: stores readings as the worker does."""

    def store_readings(sensor: Sensor, *values: tuple[float, float], now: datetime = NOON) -> None:
        store_batch(Readings.of(reading(sensor, *value) for value in values), now=now)

    return store_readings


@pytest.fixture
def summed(db: None) -> Summed:
    """``summed()``: the worker sums what is stored."""

    def sum_all() -> None:
        assert sum_intervals(max_gap=MAX_GAP, now=NOON)

    return sum_all
