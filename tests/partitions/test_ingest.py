"""Readings find their month, whatever this process believes of the partitions."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection
from django.test.utils import CaptureQueriesContext

from devices.models import Sensor
from monitoring.ingest.store import store_batch
from monitoring.models import Exceedance, Reading
from monitoring.partitions.keeping import create_partitions
from monitoring.partitions.known import get_table_of
from monitoring.partitions.months import PARENT
from monitoring.partitions.tables import count_default, create_partition
from tests.partitions.dropping import drop_partition
from tests.partitions.test_tables import APRIL, MAY, count, readings

SECOND = timedelta(seconds=1)


@pytest.mark.django_db
def test_one_months_batch_is_copied_straight_into_its_partition(meter: Sensor) -> None:
    create_partitions([APRIL, MAY])
    with CaptureQueriesContext(connection) as queries:
        store_batch(readings(meter, APRIL.start, APRIL.end - SECOND), now=MAY.end)
        store_batch(readings(meter, MAY.start), now=MAY.end)
    assert sum("pg_inherits" in query["sql"] for query in queries) == 1
    assert (count(APRIL.partition), count(MAY.partition)) == (2, 1)


@pytest.mark.django_db
def test_table_of_a_batch() -> None:
    create_partition(APRIL)
    assert get_table_of(APRIL.start, APRIL.end - SECOND) == APRIL.partition
    assert get_table_of(APRIL.start, APRIL.end) == PARENT
    assert get_table_of(MAY.start, MAY.start) == PARENT


@pytest.mark.django_db
def test_batch_over_a_months_end_and_into_the_default_partition(meter: Sensor) -> None:
    create_partitions([APRIL, MAY])
    store_batch(readings(meter, MAY.start - SECOND, MAY.start, MAY.end), now=MAY.end)
    assert (count(APRIL.partition), count(MAY.partition), count_default(at_most=9)) == (1, 1, 1)
    # 1 kWh a second is over the limit; between the months too.
    assert Exceedance.objects.filter(started_at__lt=MAY.start, ended_at=MAY.start).exists()


@pytest.mark.django_db
def test_late_readings_find_their_neighbours_in_other_months(meter: Sensor) -> None:
    create_partitions([APRIL, MAY])
    store_batch(readings(meter, APRIL.start, MAY.end), now=MAY.end)
    late = readings(meter, MAY.start)
    store_batch(late, now=MAY.end)
    store_batch(late, now=MAY.end)
    assert Reading.objects.count() == 3
    assert count(MAY.partition) == 1


@pytest.mark.usefixtures("kept_partitions")
def test_partition_that_is_gone_costs_one_try(meter: Sensor) -> None:
    create_partition(MAY)
    store_batch(readings(meter, MAY.start), now=MAY.end)
    drop_partition(MAY)
    batch = readings(meter, MAY.start + SECOND)
    with pytest.raises(ProgrammingError):  # the writer takes it for the database's fault
        store_batch(batch, now=MAY.end)
    assert store_batch(batch, now=MAY.end).readings == 1
    assert count_default(at_most=9) == 1
