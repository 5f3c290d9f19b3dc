"""The task's work: months ahead, nothing in the default partition, whole old months dropped."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from devices.models import Sensor
from monitoring.history.spans import record_affected
from monitoring.ingest.store import store_batch
from monitoring.models import QuarantinedReading, Reading, SensorState
from monitoring.partitions import retention
from monitoring.partitions.edge import lock_readings
from monitoring.partitions.keeping import (
    count_months_ahead,
    create_partitions,
    get_wanted_months,
    keep_partitions,
)
from monitoring.partitions.months import Month
from monitoring.partitions.retention import (
    GRACE,
    forget_raw_kept_from,
    get_months_to_drop,
    get_raw_kept_from,
    get_raw_kept_from_us,
    raise_raw_kept_from,
)
from monitoring.partitions.tables import count_default, get_edge, get_partitions
from monitoring.rules.episodes import Span
from monitoring.rules.instants import to_us
from tests.conftest import Summed, make_sensor
from tests.partitions.test_tables import count, in_another_connection, readings

pytestmark = pytest.mark.django_db

NOW = datetime(2003, 11, 15, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_months_are_made_ahead(meter: Sensor) -> None:
    assert count_months_ahead(now=NOW) == 0
    for _ in range(2):
        keep_partitions(kept_months=0, now=NOW)
        wanted = {Month(2003, month) for month in (10, 11, 12)} | {Month(2004, 1), Month(2004, 2)}
        assert {month for month in get_partitions() if month.year < 2005} == wanted
    assert set(get_wanted_months(now=NOW)) == wanted
    assert count_months_ahead(now=NOW) == 3
    assert count_months_ahead(now=datetime(2004, 2, 29, tzinfo=UTC)) == 0


def test_default_partition_is_emptied_into_months(meter: Sensor) -> None:
    early = datetime(2001, 1, 31, 23, 59, tzinfo=UTC)
    store_batch(readings(meter, early, early + timedelta(minutes=2), NOW), now=NOW)
    keep_partitions(kept_months=0, now=NOW)
    assert count_default(at_most=1) == 0
    assert {Month(2001, 1), Month(2001, 2)} <= get_partitions()
    assert Reading.objects.count() == 3


KEPT = Month(2003, 9).start


def times() -> list[datetime]:
    return list(Reading.objects.order_by("measured_at").values_list("measured_at", flat=True))


def drop(now: datetime = NOW) -> None:
    """Says that only two months are kept, and drops those before."""
    keep_partitions(kept_months=2, now=now)
    keep_partitions(kept_months=2, now=now + GRACE)


def test_whole_old_months_are_dropped_after_a_notice(meter: Sensor, summed: Summed) -> None:
    early, gone = datetime(2001, 5, 1, tzinfo=UTC), KEPT - timedelta(microseconds=1)
    store_batch(readings(meter, early, gone, KEPT, NOW), now=NOW)
    summed()
    keep_partitions(kept_months=2, now=NOW)
    assert get_raw_kept_from() == KEPT
    assert Reading.objects.count() == 4  # batches in hand may not know yet
    keep_partitions(kept_months=2, now=NOW + GRACE)
    assert (min(get_partitions()), get_edge()) == (Month(2003, 9), Month(2003, 9))
    assert SensorState.objects.get().measured_at == NOW


def test_the_last_quarter_hour_before_stays_from_its_beginning_on(
    meter: Sensor, summed: Summed
) -> None:
    minutes = {minute: KEPT - timedelta(minutes=minute) for minute in (90, 40, 31, 29, 17, 3, 2)}
    store_batch(readings(meter, *minutes.values(), KEPT, NOW), now=NOW)
    summed()
    drop()
    assert times() == [*(minutes[minute] for minute in (17, 3, 2)), KEPT, NOW]
    assert count(Month(2003, 9).edge) == 3


def test_edge_moves_on_and_a_silent_sensors_readings_with_it(meter: Sensor, summed: Summed) -> None:
    silent, later = make_sensor(meter.device), Month(2004, 1).start
    store_batch(readings(silent, KEPT - 2 * HOUR, KEPT - HOUR), now=NOW)
    store_batch(readings(meter, KEPT - 2 * HOUR, KEPT - HOUR, KEPT, NOW, later), now=later)
    summed()
    drop()
    assert count(Month(2003, 9).edge) == 2
    drop(now=Month(2004, 3).start)
    assert get_edge() == Month(2004, 1)
    assert Reading.objects.filter(sensor=silent).get().measured_at == KEPT - HOUR
    assert list(Reading.objects.filter(sensor=meter).values_list("measured_at", flat=True)) == [
        *(NOW, later)
    ]


def test_months_that_were_dropped_are_not_made_again(meter: Sensor, summed: Summed) -> None:
    store_batch(readings(meter, KEPT - HOUR, KEPT), now=NOW)
    summed()
    drop()
    create_partitions([Month(2003, 8), Month(2001, 1)])
    assert min(get_partitions()) == Month(2003, 9)


@pytest.mark.parametrize("behind", ["never summed", "newer", "affected"])
def test_no_month_is_dropped_before_it_is_summed(
    meter: Sensor, summed: Summed, behind: str, caplog: pytest.LogCaptureFixture
) -> None:
    store_batch(readings(meter, KEPT - 3 * HOUR, KEPT - 2 * HOUR), now=NOW)
    if behind != "never summed":
        summed()
    if behind == "affected":
        record_affected([Span(meter.pk, to_us(KEPT - 3 * HOUR), to_us(KEPT - 2 * HOUR))])
    if behind == "newer":
        store_batch(readings(meter, KEPT - HOUR, NOW), now=NOW)
    drop()
    assert Month(2003, 8) in get_partitions()
    assert "before all of it is summed" in caplog.text
    assert get_months_to_drop() == [Month(2003, 8)]
    summed()
    keep_partitions(kept_months=2, now=NOW + 2 * GRACE)
    assert Month(2003, 8) not in get_partitions()
    assert get_months_to_drop() == []


def test_what_came_since_does_not_hold_up_dropping(meter: Sensor, summed: Summed) -> None:
    store_batch(readings(meter, KEPT - 2 * HOUR, KEPT - HOUR), now=NOW)
    summed()
    store_batch(readings(meter, NOW), now=NOW)
    make_sensor(meter.device)
    drop()
    assert times() == [KEPT - HOUR, NOW]


@pytest.mark.usefixtures("kept_partitions")
def test_decision_made_meanwhile_is_waited_for(
    meter: Sensor, summed: Summed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has read the old readings, and is committed when the tables are free."""
    store_batch(readings(meter, KEPT - 2 * HOUR, KEPT - HOUR, KEPT), now=NOW)
    summed()

    def decide_and_lock() -> None:
        span = Span(meter.pk, to_us(KEPT - 2 * HOUR), to_us(KEPT - HOUR))
        in_another_connection(lambda: record_affected([span]))
        lock_readings()

    monkeypatch.setattr(retention, "lock_readings", decide_and_lock)
    drop()
    assert Month(2003, 8) in get_partitions()
    assert get_edge() is None


def test_too_old_readings_are_quarantined_and_their_neighbours_stored(meter: Sensor) -> None:
    raise_raw_kept_from(kept_months=2, now=NOW)
    kept, gone = Month(2003, 9).start, Month(2003, 9).start - timedelta(microseconds=1)
    stored = store_batch(readings(meter, gone, kept), now=NOW)
    assert (stored.readings, Reading.objects.get().measured_at) == (1, kept)
    entry = QuarantinedReading.objects.get()
    assert (entry.reason, entry.sensor_uuid) == ("too_old", meter.uuid)


def test_too_old_reading_of_an_inactive_sensor_is_rejected_once(meter: Sensor) -> None:
    raise_raw_kept_from(kept_months=2, now=NOW)
    Sensor.objects.update(is_active=False)
    store_batch(readings(meter, datetime(2001, 1, 1, tzinfo=UTC)), now=NOW)
    assert QuarantinedReading.objects.get().reason == "inactive_sensor"


def test_without_retention_nothing_is_too_old(meter: Sensor) -> None:
    keep_partitions(kept_months=0, now=NOW)
    keep_partitions(kept_months=0, now=NOW + GRACE)
    assert get_raw_kept_from() is None
    store_batch(readings(meter, datetime(2001, 1, 1, tzinfo=UTC)), now=NOW)
    assert Reading.objects.count() == 1


@pytest.mark.parametrize("kept_months", [0, 24])
def test_what_was_dropped_is_not_taken_again_whatever_the_setting_says_later(
    meter: Sensor, kept_months: int
) -> None:
    keep_partitions(kept_months=2, now=NOW)
    keep_partitions(kept_months=kept_months, now=NOW + GRACE)
    assert get_raw_kept_from() == Month(2003, 9).start


def test_the_instant_is_asked_for_once_a_minute(
    meter: Sensor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert get_raw_kept_from_us() is None
    with django_assert_num_queries(0):
        assert get_raw_kept_from_us() is None
    raise_raw_kept_from(kept_months=2, now=NOW)
    assert get_raw_kept_from_us() == to_us(Month(2003, 9).start)
    forget_raw_kept_from()
    with django_assert_num_queries(1):
        get_raw_kept_from_us()


def test_the_current_month_is_kept_even_if_it_is_the_only_one(meter: Sensor) -> None:
    create_partitions([Month(2003, 10)])
    store_batch(readings(meter, Month(2003, 10).start, Month(2003, 11).start), now=NOW)
    keep_partitions(kept_months=1, now=NOW)
    keep_partitions(kept_months=1, now=NOW + GRACE)
    assert Reading.objects.count() == 2
