"""The plain worker command keeps the partitions: its schedule fires, and the task does its work."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from devices.models import Sensor
from monitoring.ingest.store import store_batch
from monitoring.models import Reading
from monitoring.partitions.keeping import count_months_ahead
from monitoring.partitions.months import Month
from monitoring.partitions.retention import get_raw_kept_from
from monitoring.partitions.tables import count_default, get_partitions
from tests.partitions.dropping import drop_partition
from tests.partitions.test_tables import readings
from tests.servers import until, worker

OLD = datetime(2003, 5, 15, tzinfo=UTC)


@pytest.mark.usefixtures("kept_partitions", "purged_queue")
def test_worker_makes_what_is_missing_when_it_starts(meter: Sensor) -> None:
    now = timezone.now()
    ahead = Month.of(now).plus(2)
    if ahead in get_partitions():
        drop_partition(ahead)
    store_batch(readings(meter, OLD), now=now)
    assert count_default(at_most=9) == 1
    with worker(), worker():
        until(lambda: Month.of(OLD) in get_partitions(), what="the old month has a partition")
        until(lambda: count_months_ahead(now=now) >= 3, what="the months ahead have partitions")
    assert count_default(at_most=9) == 0
    assert Reading.objects.get().measured_at == OLD


@pytest.mark.usefixtures("kept_partitions", "purged_queue")
def test_worker_begins_the_retention_that_is_set(meter: Sensor) -> None:
    store_batch(readings(meter, OLD), now=timezone.now())
    with worker(READINGS_KEPT_MONTHS="13"):
        until(lambda: get_raw_kept_from() is not None, what="older readings are declined")
    kept_from = get_raw_kept_from()
    assert kept_from is not None
    assert kept_from.day == 1
