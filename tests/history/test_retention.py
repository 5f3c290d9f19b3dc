"""Dropping months neither loses nor invents energy."""

from datetime import UTC, datetime

import pytest

from devices.models import Sensor
from monitoring.history.boundaries import GroupBy
from monitoring.history.falls import CannotDecide, Decision, decide_falls, reconsider_digits
from monitoring.history.queries import get_consumption
from monitoring.history.summing import mark_everything
from monitoring.ingest.store import store_batch
from monitoring.models import RegisterFall
from monitoring.partitions.keeping import keep_partitions
from monitoring.partitions.retention import GRACE, get_months_to_drop
from monitoring.rules.instants import to_us
from monitoring.rules.readings import Reading, Readings
from tests.conftest import Summed
from tests.history.conftest import UTC_ZONE

pytestmark = pytest.mark.django_db

OCTOBER = datetime(2026, 10, 1, tzinfo=UTC)


def store(sensor: Sensor, *values: tuple[datetime, float], now: datetime = OCTOBER) -> None:
    store_batch(
        Readings.of(Reading(str(sensor.uuid), to_us(at), kwh) for at, kwh in values), now=now
    )


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def drop_before_october() -> None:
    keep_partitions(kept_months=1, now=at(11, 1, 0))
    keep_partitions(kept_months=1, now=at(11, 1, 0) + GRACE)
    assert get_months_to_drop() == []


def kwh(sensor: Sensor, start: datetime, end: datetime) -> float:
    found = get_consumption([sensor.pk], start=start, end=end, group_by=GroupBy.HOUR, zone=UTC_ZONE)
    return float(found.kwh[found.quality > 0].sum())


@pytest.mark.parametrize("minute", [0, 7])
def test_what_a_silent_meter_used_meanwhile_is_not_missing(
    meter: Sensor, summed: Summed, minute: int
) -> None:
    store(meter, (at(9, 20, 10, 2), 99.0), (at(9, 20, 12, minute), 100.0))
    summed()
    drop_before_october()
    store(meter, (at(11, 25, 12), 500.0))
    summed()
    assert kwh(meter, at(9, 1, 0), at(12, 1, 0)) == pytest.approx(401, abs=1e-6)


@pytest.mark.parametrize("minute", [0, 7])
def test_late_reading_at_the_edge_counts_once(meter: Sensor, summed: Summed, minute: int) -> None:
    store(meter, (at(9, 29, 12), 76.0), (at(9, 30, 12, minute), 100.0), (at(10, 1, 12), 124.0))
    summed()
    drop_before_october()
    store(meter, (at(10, 1, 6), 101.0))
    summed()
    assert kwh(meter, at(9, 29, 0), at(10, 2, 0)) == pytest.approx(48, abs=1e-6)
    assert kwh(meter, at(9, 30, 13), at(10, 1, 6)) < 1
    # And all of it computed anew is the same: what was dropped stays, the rest is joined.
    mark_everything(after_sensor_id=0)
    summed()
    assert kwh(meter, at(9, 29, 0), at(10, 2, 0)) == pytest.approx(48, abs=1e-6)


def test_fall_over_the_edge_is_a_rollover_like_any_other(meter: Sensor, summed: Summed) -> None:
    Sensor.objects.update(register_digits=5)
    store(meter, (at(9, 30, 11), 99_996.0), (at(9, 30, 12, 7), 99_998.0))
    summed()
    drop_before_october()
    store(meter, (at(10, 1, 12), 3.0))
    assert RegisterFall.objects.get().decision == "rollover"
    summed()
    assert kwh(meter, at(9, 30, 0), at(10, 2, 0)) == pytest.approx(7, abs=1e-6)


def test_what_cannot_be_computed_any_more_is_not_decided(meter: Sensor, summed: Summed) -> None:
    """A fall of before, its readings gone: an administrator hears that nothing would change."""
    store(meter, (at(9, 20, 10), 100.0), (at(9, 20, 11), 5.0), (at(9, 20, 12), 6.0))
    Sensor.objects.update(register_digits=3)
    summed()
    drop_before_october()
    falls = RegisterFall.objects.all()
    with pytest.raises(CannotDecide, match="no longer stored"):
        decide_falls(falls, decision=Decision.ROLLOVER)
    assert RegisterFall.objects.get().decision == "undecided"
    # To call it a reset changes nothing in the history, and it waits no longer.
    assert len(decide_falls(falls, decision=Decision.RESET)) == 1
    assert RegisterFall.objects.get().decision == "reset"


def test_fall_of_before_whose_readings_have_stayed_is_decided(
    meter: Sensor, summed: Summed
) -> None:
    store(meter, (at(9, 30, 10), 990.0), (at(9, 30, 11), 995.0), (at(9, 30, 12, 7), 6.0))
    store(meter, (at(10, 1, 12), 7.0))
    summed()
    drop_before_october()
    assert kwh(meter, at(9, 30, 0), at(10, 2, 0)) == pytest.approx(5 + 1, abs=1e-6)
    Sensor.objects.update(register_digits=3)
    assert len(decide_falls(RegisterFall.objects.all(), decision=Decision.ROLLOVER)) == 1
    summed()
    assert kwh(meter, at(9, 30, 0), at(10, 2, 0)) == pytest.approx(5 + 11 + 1, abs=1e-6)


def test_digits_decide_nothing_of_what_was_dropped(meter: Sensor, summed: Summed) -> None:
    store(meter, (at(9, 20, 10), 998.0), (at(9, 20, 11), 1.0), (at(9, 20, 12), 2.0))
    summed()
    drop_before_october()
    Sensor.objects.update(register_digits=3)
    reconsider_digits(Sensor.objects.get())
    assert RegisterFall.objects.get().decision == "undecided"
