"""The demo's people and past: made once, continued, and never falling."""

from datetime import timedelta

import pytest

from accounts.models import User
from devices.models import Sensor
from energy.demo.household import all_meters
from energy.demo.seed import INTERVAL, seed_demo
from monitoring.models import Notification, Peak, QuarantinedReading, Reading, RegisterFall
from sensor_sim.meter import Reading as MeterReading
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


def test_two_weeks_are_made_once_and_continued_without_a_fall() -> None:
    seed_demo(now=NOON)
    meters = len(list(all_meters()))
    assert Reading.objects.count() == meters * 14 * 24 * 12
    assert Peak.objects.count() >= meters
    assert not Notification.objects.filter(read_at__isnull=True).exists()
    seed_demo(now=NOON)
    seed_demo(now=NOON + timedelta(hours=1))
    assert Reading.objects.count() == meters * (14 * 24 * 12 + 12)
    assert not RegisterFall.objects.exists()
    assert not QuarantinedReading.objects.exists()


def test_past_has_peaks_whatever_the_minute() -> None:
    seed_demo(now=NOON + timedelta(seconds=143))
    assert Peak.objects.count() >= len(list(all_meters()))


def test_alerts_of_the_past_stand_in_the_order_of_time() -> None:
    seed_demo(now=NOON)
    for user in User.objects.filter(notifications__isnull=False).distinct():
        starts = user.notifications.order_by("seq").values_list("peak__started_at", flat=True)
        assert len(starts) > 1
        assert list(starts) == sorted(starts)


def test_past_ends_with_the_register_that_comes_next() -> None:
    uuid = next(row[3] for row in all_meters())
    seed_demo(now=NOON, upcoming={uuid: MeterReading(NOON, uuid, 250_000.0)})
    sensor = Sensor.objects.get(uuid=uuid)
    newest = Reading.objects.filter(sensor=sensor).order_by("-measured_at").first()
    assert newest is not None
    assert newest.measured_at == NOON - INTERVAL
    assert 249_999.0 < newest.energy_kwh <= 250_000.0
    assert Reading.objects.exclude(sensor=sensor).count() == 0
