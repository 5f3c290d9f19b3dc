"""The migration keeps every reading, on its way there and back."""

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from devices.models import Sensor
from monitoring.ingest.store import store_batch
from monitoring.models import Reading
from monitoring.partitions.keeping import count_months_ahead, get_wanted_months
from monitoring.partitions.months import Month
from monitoring.partitions.tables import count_default, get_partitions
from tests.partitions.test_tables import APRIL, MAY, readings

migration = import_module("monitoring.migrations.0004_monthly_partitions")


def kind() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind FROM pg_class WHERE oid = 'monitoring_reading'::regclass")
        return str(cursor.fetchone()[0])


def assert_key_and_rule_hold(meter: Sensor) -> None:
    for energy_kwh in (1.0, -1.0):
        with pytest.raises(IntegrityError), transaction.atomic():
            Reading.objects.create(sensor=meter, measured_at=MAY.start, energy_kwh=energy_kwh)


@pytest.mark.django_db
def test_readings_are_kept_there_and_back(meter: Sensor) -> None:
    now = timezone.now()
    times = [MAY.start - timedelta(microseconds=1), MAY.start, datetime(2019, 2, 3, tzinfo=UTC)]
    store_batch(readings(meter, *times), now=now)
    before = list(Reading.objects.order_by("measured_at").values_list())
    with connection.schema_editor() as editor:
        migration.unite_readings(None, editor)
    assert kind() == "r"
    assert list(Reading.objects.order_by("measured_at").values_list()) == before
    assert_key_and_rule_hold(meter)
    with connection.schema_editor() as editor:
        migration.partition_readings(None, editor)
    assert kind() == "p"
    assert list(Reading.objects.order_by("measured_at").values_list()) == before
    assert_key_and_rule_hold(meter)
    assert get_partitions() == {APRIL, MAY, Month(2019, 2), *get_wanted_months(now=now)}
    assert count_months_ahead(now=now) == 3
    assert count_default(at_most=1) == 0
