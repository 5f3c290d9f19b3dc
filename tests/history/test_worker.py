"""The worker itself keeps the history in step."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.conf import settings

from devices.models import Sensor
from monitoring.history import summing
from monitoring.history.boundaries import GroupBy
from monitoring.history.queries import get_consumption
from monitoring.history.summing import sum_intervals
from monitoring.models import IntervalDay, SummedSensor
from tests.conftest import MAX_GAP, NOON, Store, make_sensor
from tests.servers import until, worker


def half_hour_is_known() -> bool:
    """Whether 1.5 kWh flowed in the first of the two half hours after noon."""
    consumption = get_consumption(
        list(Sensor.objects.values_list("pk", flat=True)),
        start=NOON,
        end=NOON + timedelta(minutes=30),
        group_by=GroupBy.QUARTER,
        zone=ZoneInfo("UTC"),
    )
    return bool(np.isclose(consumption.kwh.sum(), 1.5))


@pytest.mark.django_db(transaction=True)
def test_reading_is_in_the_history_within_a_minute(
    meter: Sensor, store: Store, purged_queue: None
) -> None:
    assert settings.SCHEDULED_TASKS_S["monitoring.tasks.sum_intervals"] <= 30
    store(meter, (0, 1.0))
    with worker(DJANGO_SETTINGS_MODULE="tests.history.quick_schedule"):
        until(SummedSensor.objects.exists, what="the worker has begun to sum")
        store(meter, (60, 3.0))
        until(lambda: IntervalDay.objects.filter(kwh=2).exists(), what="quarter hours", within_s=60)
        store(meter, (30, 2.5))
        until(half_hour_is_known, what="what a late reading changes", within_s=60)


def test_worker_that_stops_leaves_the_rest_of_the_sums_to_the_next_one(
    meter: Sensor, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summing, "SENSORS_AT_ONCE", 1)
    for sensor in (meter, make_sensor(meter.device, "Heat pump")):
        store(sensor, (0, 1.0), (15, 2.0))
    with monkeypatch.context() as patch:
        patch.setattr(summing, "is_stopping", SummedSensor.objects.exists)
        assert not sum_intervals(max_gap=MAX_GAP, now=NOON)
    assert SummedSensor.objects.count() == 1
    assert sum_intervals(max_gap=MAX_GAP, now=NOON)
    assert SummedSensor.objects.count() == 2
