"""The demo's people and past: made once, continued, and never falling."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from devices.models import Sensor
from energy.demo import seed
from energy.demo.household import CLIENTS, IOANA, all_meters
from energy.demo.past import HISTORY, INTERVAL, OLD_INTERVAL, RECENT, list_events
from energy.demo.seed import seed_demo
from energy.demo.story import Seen
from monitoring.models import (
    IntervalDay,
    Notification,
    Peak,
    QuarantinedReading,
    Reading,
    RegisterFall,
)
from sensor_sim.meter import Reading as MeterReading
from tests.conftest import NOON
from tests.e2e.pictures import SHORT_PAST

pytestmark = pytest.mark.django_db

METERS = len(list(all_meters()))
DAY = timedelta(days=1)


def list_told(start: datetime, end: datetime) -> Counter[tuple[str, datetime, bool, bool]]:
    """Each event's sensor and time, and whether its alert is read and acknowledged."""
    return Counter(
        (
            str(uuid),
            surge.starts_at,
            event.seen is not Seen.NOT_YET,
            event.seen is Seen.ACKNOWLEDGED,
        )
        for _, _, _, uuid in all_meters()
        for event, surge in list_events(uuid, start=start, end=end)
    )


def list_alerts() -> Counter[tuple[str, datetime, bool, bool]]:
    """The same of what is stored."""
    return Counter(
        (
            str(alert.peak.sensor.uuid),
            alert.peak.started_at,
            alert.read_at is not None,
            alert.acknowledged_at is not None,
        )
        for alert in Notification.objects.select_related("peak__sensor")
    )


def test_thirteen_months_tell_their_story_and_are_made_in_few_steps() -> None:
    with CaptureQueriesContext(connection) as queries:
        seed_demo(now=NOON)
    old_readings = (HISTORY - RECENT) // OLD_INTERVAL
    readings = METERS * (old_readings + RECENT // INTERVAL)
    assert Reading.objects.count() == readings
    # The peaks are the story's, and no others.
    told = list_told(NOON - HISTORY, NOON)
    assert list_alerts() == told
    assert Peak.objects.count() == len(told) == told.total()
    assert not RegisterFall.objects.exists()
    assert not QuarantinedReading.objects.exists()
    # Each day is summed.
    assert IntervalDay.objects.count() == METERS * (HISTORY // DAY + 1)
    # What takes time: batches, a few statements each, and the sums.
    batches = readings // seed.BATCH + 1 + len(told)
    assert len(queries) < 25 * batches + 500


def test_each_client_has_some_alerts_and_not_many() -> None:
    for client in CLIENTS:
        told = [
            event.seen
            for owner, _, _, uuid in all_meters()
            if owner == client
            for event, _ in list_events(uuid, start=NOON - HISTORY, end=NOON)
        ]
        assert 3 <= len(told) <= 10
        assert Seen.ACKNOWLEDGED in told
        assert Seen.READ in told
        assert told.count(Seen.NOT_YET) <= 2


def test_alerts_were_told_with_their_first_reading_and_seen_later() -> None:
    seed_demo(now=NOON, history=SHORT_PAST)
    assert Notification.objects.count() == list_told(NOON - SHORT_PAST, NOON).total() > 1
    for alert in Notification.objects.select_related("peak"):
        assert timedelta(0) < alert.created_at - alert.peak.started_at <= OLD_INTERVAL
        assert alert.read_at is None or alert.created_at < alert.read_at < NOON


def test_past_is_made_once_and_continued_without_a_fall() -> None:
    seed_demo(now=NOON, history=SHORT_PAST)
    assert Reading.objects.count() == METERS * SHORT_PAST // INTERVAL
    told = Notification.objects.count()
    seed_demo(now=NOON, history=SHORT_PAST)
    seed_demo(now=NOON + timedelta(hours=1), history=SHORT_PAST)
    assert Reading.objects.count() == METERS * (SHORT_PAST // INTERVAL + 12)
    assert not RegisterFall.objects.exists()
    assert not QuarantinedReading.objects.exists()
    assert Notification.objects.count() == told
    seed_demo(now=NOON + 20 * DAY, history=HISTORY)
    # The last two weeks of the gap by five minutes, what is before by quarter hours.
    gap = 12 + 14 * 24 * 12 + (6 * 24 - 1) * 4
    assert Reading.objects.count() == METERS * (SHORT_PAST // INTERVAL + gap)
    assert not RegisterFall.objects.exists()


def test_past_has_its_story_whatever_the_minute() -> None:
    now = NOON + timedelta(seconds=143)
    seed_demo(now=now, history=SHORT_PAST)
    assert list_alerts() == list_told(now - SHORT_PAST, now)


def test_alerts_are_numbered_in_the_order_of_their_peaks() -> None:
    seed_demo(now=NOON, history=timedelta(days=90))
    for client in CLIENTS[:2]:
        mine = Notification.objects.filter(user__email=client.email).order_by("seq")
        starts = list(mine.values_list("peak__started_at", flat=True))
        assert len(starts) >= 3
        assert starts == sorted(starts)


def test_ioana_reads_romanian() -> None:
    seed_demo(now=NOON, history=DAY)
    ioana = User.objects.get(email=IOANA.email)
    assert (ioana.language, ioana.time_zone) == ("ro", "Europe/Bucharest")


def test_past_ends_with_the_register_that_comes_next() -> None:
    uuid = next(row[3] for row in all_meters())
    upcoming = {uuid: MeterReading(NOON, uuid, 250_000.0)}
    seed_demo(now=NOON, upcoming=upcoming, history=SHORT_PAST)
    sensor = Sensor.objects.get(uuid=uuid)
    newest = Reading.objects.filter(sensor=sensor).order_by("-measured_at").first()
    assert newest is not None
    assert newest.measured_at == NOON - INTERVAL
    assert 249_999.0 < newest.energy_kwh <= 250_000.0
    assert Reading.objects.exclude(sensor=sensor).count() == 0


def test_command_refuses_a_platform_that_is_served_to_others(settings: LazySettings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    with pytest.raises(CommandError, match="--allow-https"):
        call_command("seed_demo")
    assert not User.objects.exists()
