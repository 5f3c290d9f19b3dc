"""What a scrape says of the readings that were put aside."""

from datetime import timedelta

import pytest
from django.utils import timezone

from devices.models import Sensor
from energy.metrics.deferred import DeferredCollector
from monitoring.models import DeferredReading
from tests.partitions.test_tables import in_another_connection

OLDEST, DISK = "energy_readings_deferred_oldest_seconds", "energy_readings_deferred_bytes"


def collect() -> dict[str, float]:
    """Each sample's value, asked as a scrape does: in a thread of its own."""
    found: dict[str, float] = {}

    def ask() -> None:
        for family in DeferredCollector().collect():
            found.update({sample.name: sample.value for sample in family.samples})

    in_another_connection(ask)
    return found


@pytest.mark.django_db(transaction=True)
def test_it_tells_the_age_of_the_oldest_and_the_disk(meter: Sensor) -> None:
    assert collect()[OLDEST] == 0
    now = timezone.now()
    for minutes in (5, 1):
        DeferredReading.objects.create(
            sensor=meter,
            measured_at=now,
            energy_kwh=1,
            received_at=now - timedelta(minutes=minutes),
        )
    found = collect()
    assert 300 <= found[OLDEST] < 360
    assert found[DISK] > 0
