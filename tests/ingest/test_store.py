"""What a stored batch leaves behind."""

import json
from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus
from uuid import uuid4

import pytest
from django.db.models import F
from django.test import Client

from accounts.models import User
from devices.models import Sensor
from monitoring.ingest.store import store_batch
from monitoring.models import (
    Exceedance,
    Inbox,
    Notification,
    Peak,
    QuarantinedReading,
    Reading,
    RegisterFall,
    SensorState,
)
from monitoring.notifications.outbox import as_message
from monitoring.rules.instants import to_us
from monitoring.rules.power import MAX_POWER_KW
from monitoring.rules.readings import Readings
from monitoring.rules.wire import parse_message
from tests.conftest import NOON, Store, reading

pytestmark = pytest.mark.django_db


def change_limit(meter: Sensor, max_power_kw: str) -> None:
    meter.max_power_kw = Decimal(max_power_kw)
    meter.save()


def test_store_readings_once_however_often_they_come(meter: Sensor, store: Store) -> None:
    store(meter, (0, 10.0), (1, 10.01), (0, 10.0))
    store(meter, (1, 10.01), (0, 10.0))
    assert list(Reading.objects.values_list("energy_kwh", flat=True)) == [10.0, 10.01]
    assert not QuarantinedReading.objects.exists()


def test_exceedance_commits_with_peak_and_notification(
    alice: User, meter: Sensor, store: Store
) -> None:
    store(meter, (0, 10.0), (60, 14.5))
    exceedance = Exceedance.objects.get()
    assert (exceedance.power_kw, exceedance.limit_kw) == (4.5, 4.0)
    assert Notification.objects.get(user=alice).peak == Peak.objects.get()
    assert Inbox.objects.get(user=alice).last_seq == 1


def test_adjoining_exceedances_are_one_peak_that_grows(meter: Sensor, store: Store) -> None:
    store(meter, (0, 0.0), (60, 5.0))
    store(meter, (120, 11.0))
    store(meter, (180, 15.5), (240, 16.0))
    peak = Peak.objects.get()
    assert (peak.power_kw, Notification.objects.count()) == (6.0, 1)
    assert (peak.ended_at - peak.started_at).total_seconds() == 3 * 3600


def test_late_reading_supersedes_what_it_splits(meter: Sensor, store: Store) -> None:
    store(meter, (0, 0.0), (60, 5.0))
    store(meter, (30, 0.5))
    current = Exceedance.objects.get(superseded_at__isnull=True)
    assert current.power_kw == 9.0
    assert Exceedance.objects.filter(superseded_at__isnull=False).count() == 1
    assert Peak.objects.get().started_at == current.started_at


def test_late_reading_moves_the_peak(meter: Sensor, store: Store) -> None:
    # 0 → 60 min looks like 5 kW over a limit of 4; the reading between shows 5 kWh in the
    # first 15 minutes and nothing after: only the first interval remains an exceedance.
    store(meter, (0, 0.0), (60, 5.0))
    store(meter, (15, 5.0))
    assert Exceedance.objects.get(superseded_at__isnull=True).power_kw == 20.0
    store(meter, (5, 0.0))
    assert Exceedance.objects.get(superseded_at__isnull=True).power_kw == 30.0
    assert Peak.objects.filter(superseded_at__isnull=True).count() == 1


def test_late_reading_under_a_raised_limit_withdraws_the_peak(meter: Sensor, store: Store) -> None:
    store(meter, (0, 0.0), (60, 5.0))
    change_limit(meter, "6")
    store(meter, (30, 2.5))
    assert Exceedance.objects.get().superseded_at is not None
    assert Peak.objects.get().superseded_at is not None
    assert Notification.objects.get().peak == Peak.objects.get()


def test_late_reading_under_a_lowered_limit_joins_two_peaks(meter: Sensor, store: Store) -> None:
    store(meter, (0, 0.0), (10, 1.0), (30, 1.8), (40, 2.8))
    first, second = Peak.objects.order_by("started_at")
    change_limit(meter, "2")
    store(meter, (20, 1.4))
    peak = Peak.objects.get(superseded_at__isnull=True)
    second.refresh_from_db()
    assert (peak.pk, second.merged_into) == (first.pk, peak)
    assert (peak.ended_at - peak.started_at).total_seconds() == 40 * 60


def test_late_reading_lengthens_one_of_two_peaks(meter: Sensor, store: Store) -> None:
    store(meter, (0, 0.0), (10, 1.0), (20, 2.0))
    store(meter, (40, 3.0), (50, 4.0))
    first, second = Peak.objects.order_by("started_at")
    store(meter, (30, 2.95))
    assert Peak.objects.filter(superseded_at__isnull=True).count() == 2
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.power_kw, second.merged_into) == (6.0, None)


def test_falling_register_is_recorded_and_is_no_peak(meter: Sensor, store: Store) -> None:
    store(meter, (0, 100.0), (60, 0.5), (120, 1.0))
    fall = RegisterFall.objects.get()
    assert (fall.before_kwh, fall.after_kwh) == (100.0, 0.5)
    assert not Exceedance.objects.exists()
    assert SensorState.objects.get().power_kw == 0.5


def test_power_now_follows_a_late_reading_before_the_newest(meter: Sensor, store: Store) -> None:
    store(meter, (0, 0.0), (60, 2.0))
    assert SensorState.objects.get().power_kw == 2.0
    store(meter, (30, 1.5))
    assert SensorState.objects.get().power_kw == 1.0


def test_repeat_beside_a_conflict_is_still_a_repeat(meter: Sensor, store: Store) -> None:
    store(meter, (0, 5.0), (60, 6.0))
    store(meter, (0, 5.5), (0, 5.0), (0, 5.5))
    assert b"5.5" in bytes(QuarantinedReading.objects.get().raw)
    assert Reading.objects.get(measured_at=NOON).energy_kwh == 5.0


def test_of_several_late_values_of_one_time_the_first_stays(meter: Sensor, store: Store) -> None:
    store(meter, (0, 5.0), (60, 6.0))
    store(meter, (30, 5.2), (30, 5.1), (30, 5.2), (30, 5.1))
    late = Reading.objects.get(measured_at=NOON + timedelta(minutes=30))
    assert (late.energy_kwh, Reading.objects.count()) == (5.2, 3)
    refused = QuarantinedReading.objects.values_list("raw", flat=True)
    assert [b"5.1" in bytes(raw) for raw in refused] == [True, True]


def test_power_beyond_all_numbers_is_a_peak_that_can_be_told(
    as_alice: Client, meter: Sensor, store: Store
) -> None:
    store(meter, (0, 0.0), (1, 1e300), (2, 1.7e308))
    told = as_alice.get("/api/v1/notifications/").json()["results"]
    assert [notification["power_kw"] for notification in told] == [MAX_POWER_KW]
    assert as_alice.get("/api/v1/peaks/").status_code == HTTPStatus.OK
    message = json.dumps(as_message(Notification.objects.get()), allow_nan=False)
    assert json.loads(message)["power_kw"] == MAX_POWER_KW
    assert SensorState.objects.get().power_kw == MAX_POWER_KW


def test_conflict_keeps_the_first_value_and_quarantines_the_second(
    meter: Sensor, store: Store
) -> None:
    store(meter, (0, 10.0), (1, 10.01))
    store(meter, (0, 11.0), (2, 10.02), (2, 10.03))
    assert Reading.objects.count() == 3
    assert Reading.objects.get(measured_at=NOON).energy_kwh == 10.0
    assert list(QuarantinedReading.objects.values_list("reason", flat=True)) == ["conflict"] * 2


def test_unknown_and_inactive_sensors_are_quarantined(meter: Sensor, store: Store) -> None:
    Sensor.objects.update(is_active=False)
    unknown = reading(meter, 0, 1.0)._replace(sensor_uuid="00000000-0000-4000-8000-000000000000")
    store_batch(Readings.of([unknown, reading(meter, 0, 1.0)]), now=NOON)
    reasons = QuarantinedReading.objects.order_by("reason").values_list("reason", flat=True)
    assert list(reasons) == ["inactive_sensor", "unknown_sensor"]
    assert not Reading.objects.exists()


def test_what_the_store_refuses_is_kept_as_it_came(meter: Sensor, store: Store) -> None:
    store(meter, (0, 10.0))
    at = NOON.isoformat()
    refused = f'["{at}",\t"{str(meter.uuid).upper()}", 11.00]'
    unknown = f'{{"timestamp": "{at}", "sensor_id": "{uuid4()}", "measurement_value": 1e0, "x": 2}}'
    good = f'["{at}", "{meter.uuid}", 10]'
    message = f"[ {good}, {refused} , {unknown}]".encode()
    store_batch(parse_message(message, now_us=to_us(NOON)).readings, now=NOON)
    kept = dict(QuarantinedReading.objects.values_list("reason", "raw"))
    assert bytes(kept["conflict"]) == refused.encode()
    assert bytes(kept["unknown_sensor"]) == unknown.encode()


def test_a_changed_limit_holds_from_the_next_reading(meter: Sensor, store: Store) -> None:
    store(meter, (0, 0.0), (60, 3.0))
    Sensor.objects.update(max_power_kw=2)
    store(meter, (120, 6.0))
    assert Peak.objects.get().limit_kw == 2.0
    assert SensorState.objects.get().max_power_kw == 2.0


def test_seq_has_no_gap_over_several_sensors(alice: User, meter: Sensor, store: Store) -> None:
    store(meter, (0, 0.0), (60, 5.0), (120, 5.0), (180, 10.0), (240, 10.0), (300, 15.0))
    seqs = Notification.objects.filter(user=alice).order_by("peak__started_at")
    assert list(seqs.values_list("seq", flat=True)) == [1, 2, 3]
    assert not Peak.objects.filter(ended_at__lte=F("started_at")).exists()
