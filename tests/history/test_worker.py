"""The worker itself keeps the history in step."""

import pytest
from django.conf import settings

from devices.models import Sensor
from monitoring.history import summing
from monitoring.history.summing import sum_intervals
from monitoring.models import IntervalDay, SummedSensor
from tests.conftest import MAX_GAP, NOON, Store, make_sensor
from tests.servers import until, worker


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
