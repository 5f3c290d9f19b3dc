"""Readings of the last hours, which is what pages show."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from devices.models import Sensor
from monitoring.ingest.store import store_batch
from monitoring.rules.instants import to_us
from monitoring.rules.readings import Reading, Readings

StoreAgo = Callable[..., None]


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def store_ago(db: None, now: datetime) -> StoreAgo:
    """``store_ago(sensor, (minutes ago, kWh), …)``: stores readings as the worker does."""

    def store(sensor: Sensor, *values: tuple[float, float]) -> None:
        store_batch(
            Readings.of(
                Reading(str(sensor.uuid), to_us(now - timedelta(minutes=minutes)), energy_kwh)
                for minutes, energy_kwh in values
            ),
            now=now,
        )

    return store
