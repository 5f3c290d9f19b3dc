"""Whatever the order, the repeats and the batches, and whenever it is summed: the same intervals.

The oracle sorts all readings and computes each quarter hour in fractions (``tests/rules/oracle``).
"""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.models import Device, Sensor
from monitoring.history.boundaries import GroupBy
from monitoring.history.consumption import Consumption
from monitoring.history.queries import get_consumption_by_sensor
from monitoring.history.summing import mark_everything, sum_intervals
from monitoring.ingest.store import store_batch
from monitoring.models import AffectedSpan, ReadingRetention
from monitoring.partitions.known import forget_partitions
from monitoring.partitions.months import Month
from monitoring.partitions.retention import (
    GRACE,
    drop_old_partitions,
    forget_raw_kept_from,
    raise_raw_kept_from,
)
from monitoring.partitions.tables import create_partition
from monitoring.rules.instants import to_us
from monitoring.rules.readings import Reading, Readings
from tests.conftest import MAX_GAP, NOON, make_sensor
from tests.history.conftest import UTC_ZONE
from tests.ingest.test_any_order import forget_everything
from tests.partitions.dropping import drop_edge
from tests.rules import oracle

pytestmark = pytest.mark.django_db

DIGITS = 3  # the first sensor's register ends at 1,000 kWh
MOST_KW = 20  # five times the sensors' maximum
HOURS = 40
Series = dict[int, float]  # kWh by second


@st.composite
def series(draw: st.DrawFn) -> Series:
    """A register read at odd times over two days, with pauses, resets and rollovers."""
    kwh = draw(st.sampled_from([0.0, 5.0, 993.0]))
    values: Series = {}
    for second in sorted(draw(st.sets(st.integers(0, HOURS * 3600), max_size=12))):
        values[second] = kwh
        kwh += draw(st.sampled_from([0, 0.25, 1, 4.125, -5]))
        if kwh >= 1000:
            kwh -= 1000
        kwh = max(kwh, 0)
    return values


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Series], list[list[tuple[int, int]]], list[bool]]:
    """Readings of two sensors, batches of (sensor, second), and after which of them to sum."""
    sensors = draw(st.lists(series(), min_size=2, max_size=2))
    once = [(number, second) for number, values in enumerate(sensors) for second in values]
    again = draw(st.lists(st.sampled_from(once), max_size=5)) if once else []
    order = draw(st.one_of(st.just(once + again), st.permutations(once + again)))
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=5)))
    batches = [order[a:b] for a, b in pairwise([0, *cuts, len(order)])]
    return sensors, batches, draw(st.lists(st.booleans(), min_size=6, max_size=6))


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(delivery=deliveries(), at_once=st.sampled_from([50, 10_000]))
def test_any_delivery_ends_in_what_the_oracle_finds(
    flat: Device,
    monkeypatch: pytest.MonkeyPatch,
    delivery: tuple[list[Series], list[list[tuple[int, int]]], list[bool]],
    at_once: int,
) -> None:
    monkeypatch.setattr("monitoring.history.summing.QUARTERS_AT_ONCE", at_once)
    values, batches, is_summed_after = delivery
    forget_everything()
    Sensor.objects.all().delete()
    sensors = [make_sensor(flat, f"Meter {number}") for number in range(2)]
    Sensor.objects.filter(pk=sensors[0].pk).update(register_digits=DIGITS)
    for batch, is_summed in zip(batches, is_summed_after, strict=False):
        store_batch(
            Readings.of(
                Reading(str(sensors[number].uuid), at_us(second, NOON), values[number][second])
                for number, second in batch
            ),
            now=NOON,
        )
        if is_summed:
            assert sum_intervals(max_gap=MAX_GAP, now=NOON)
    assert sum_intervals(max_gap=MAX_GAP, now=NOON)
    assert not AffectedSpan.objects.exists()
    check_all(sensors, values, NOON)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(delivery=deliveries(), dropped_after=st.integers(0, 5))
def test_dropping_the_month_before_changes_nothing_that_was_accepted(
    flat: Device,
    delivery: tuple[list[Series], list[list[tuple[int, int]]], list[bool]],
    dropped_after: int,
) -> None:
    """What is measured before and comes after is declined; all else ends in what the oracle finds,
    also when it is computed anew."""
    values, batches, is_summed_after = delivery
    forget_everything()
    forget_drops()
    create_partition(Month.of(LATE_IN_MARCH))
    Sensor.objects.all().delete()
    sensors = [make_sensor(flat, f"Meter {number}") for number in range(2)]
    Sensor.objects.filter(pk=sensors[0].pk).update(register_digits=DIGITS)
    accepted: list[Series] = [{}, {}]
    for number_of_batch, batch in enumerate(batches):
        store_batch(
            Readings.of(
                Reading(
                    str(sensors[number].uuid), at_us(second, LATE_IN_MARCH), values[number][second]
                )
                for number, second in batch
            ),
            now=NOON,
        )
        for number, second in batch:
            if number_of_batch <= dropped_after or second >= SECONDS_OF_MARCH:
                accepted[number][second] = values[number][second]
        if is_summed_after[number_of_batch] or number_of_batch == dropped_after:
            assert sum_intervals(max_gap=MAX_GAP, now=NOON)
        if number_of_batch == dropped_after:
            drop_march()
    assert sum_intervals(max_gap=MAX_GAP, now=NOON)
    check_all(sensors, accepted, LATE_IN_MARCH)
    mark_everything(after_sensor_id=0)
    assert sum_intervals(max_gap=MAX_GAP, now=NOON)
    check_all(sensors, accepted, LATE_IN_MARCH)


#: From then on it is March for 18 hours, then April.
LATE_IN_MARCH = datetime(2026, 3, 31, 6, 0, tzinfo=UTC)
SECONDS_OF_MARCH = 18 * 3600


def forget_drops() -> None:
    ReadingRetention.objects.all().delete()
    forget_raw_kept_from()
    forget_partitions()
    drop_edge()


def drop_march() -> None:
    in_may = datetime(2026, 5, 1, tzinfo=UTC)
    raise_raw_kept_from(kept_months=1, now=in_may)
    assert drop_old_partitions(now=in_may + GRACE)[-1] == Month(2026, 3)


def check_all(sensors: list[Sensor], values: list[Series], zero: datetime) -> None:
    found = get_consumption_by_sensor(
        [sensor.pk for sensor in sensors],
        start=zero - timedelta(hours=1),
        end=zero + timedelta(hours=HOURS + 1),
        group_by=GroupBy.QUARTER,
        zone=UTC_ZONE,
    )
    for sensor, readings, digits in zip(sensors, values, [DIGITS, None], strict=True):
        by_us = {at_us(second, zero): kwh for second, kwh in readings.items()}
        check(found[sensor.pk], by_us, digits)


def at_us(second: int, zero: datetime) -> int:
    return to_us(zero) + second * 1_000_000


def check(found: Consumption, readings: dict[int, float], digits: int | None) -> None:
    known = oracle.stretches(readings, digits=digits, most_kw=MOST_KW)
    expected = oracle.quarters(known, max_gap_us=int(MAX_GAP.total_seconds()) * 1_000_000)
    for row, start_us in enumerate(found.start_us.tolist()):
        wanted = expected.pop(start_us // oracle.QUARTER_US, None)
        if wanted is None:
            assert found.quality[row] == oracle.MISSING
            continue
        assert found.kwh[row] == pytest.approx(float(wanted.kwh), abs=1e-9)
        assert found.peak_kw[row] == pytest.approx(float(wanted.peak_kw), rel=1e-6)
        assert found.coverage[row] * oracle.QUARTER_US == pytest.approx(wanted.covered_us)
        assert found.quality[row] == wanted.quality
    assert not expected
