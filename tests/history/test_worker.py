"""The worker itself keeps the history in step."""

import pytest
from django.conf import settings

from devices.models import Sensor
from monitoring.models import IntervalDay
from tests.conftest import Store
from tests.servers import until, worker

pytestmark = pytest.mark.django_db(transaction=True)


def test_reading_is_in_the_history_within_a_minute(
    meter: Sensor, store: Store, purged_queue: None
) -> None:
    assert settings.SCHEDULED_TASKS_S["monitoring.tasks.sum_intervals"] <= 30
    store(meter, (0, 1.0), (60, 3.0))
    with worker():
        until(lambda: IntervalDay.objects.filter(kwh=2).exists(), what="quarter hours", within_s=60)
