"""Whatever the order, the repeats and the batches: the same readings leave the same rows.

The oracle sorts all readings of a sensor and scans them once. It shares no code with the product.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.models import Device, Sensor
from monitoring.ingest.store import store_batch
from monitoring.models import (
    AffectedSpan,
    AlertedPeak,
    AlertGroup,
    DeferredReading,
    Exceedance,
    Inbox,
    IntervalDay,
    Notification,
    Peak,
    QuarantinedReading,
    Reading,
    RegisterFall,
    SensorState,
    SummedSensor,
)
from monitoring.partitions.keeping import create_partitions
from monitoring.partitions.known import forget_partitions
from monitoring.partitions.months import Month
from monitoring.peaks import LOOKED_AT, measure_peaks
from monitoring.rules.instants import to_us
from monitoring.rules.readings import Reading as WireReading
from monitoring.rules.readings import Readings
from tests.conftest import NOON, make_sensor
from tests.ingest.deferring import store_all_deferred

pytestmark = pytest.mark.django_db

LIMIT_KW = 4.0
SENSORS = 2
MINUTE = timedelta(minutes=1)
#: In some of the examples a sensor's register is known to count in steps of 0.1 kWh.
STEPS_KWH = st.sampled_from([None, None, "0.1"])
#: Five minutes later it is another month.
BEFORE_MIDNIGHT = datetime(2026, 3, 31, 23, 55, tzinfo=UTC)
Series = dict[int, float]  # kWh by minute


@st.composite
def series(draw: st.DrawFn) -> Series:
    """A register read each minute, now and then not: 0.1 kWh is 6 kW; sometimes it falls."""
    tenths = 50
    values: Series = {}
    for minute, step in enumerate(draw(st.lists(st.sampled_from([0, 1, 1, 1, 3, -5]), max_size=9))):
        tenths += step
        if draw(st.integers(0, 4)):
            values[minute] = tenths / 10
    return values


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Series], list[list[tuple[int, int]]]]:
    """Readings of each sensor, and batches of (sensor, minute) that deliver each at least once."""
    sensors = draw(st.lists(series(), min_size=SENSORS, max_size=SENSORS))
    once = [(number, minute) for number, values in enumerate(sensors) for minute in values]
    again = draw(st.lists(st.sampled_from(once), max_size=10)) if once else []
    order = draw(st.one_of(st.just(once + again), st.permutations(once + again)))
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=6)))
    return sensors, [order[a:b] for a, b in pairwise([0, *cuts, len(order)])]


class Oracle:
    """What one sensor's readings mean, found by sorting and scanning."""

    def __init__(self, values: Series, zero: datetime, step_kwh: str | None) -> None:
        self.readings = sorted((zero + minute * MINUTE, kwh) for minute, kwh in values.items())
        self.exceedances = []
        self.falls = []
        self.powers_kw: dict[datetime, float] = {}
        for (start, before), (end, after) in pairwise(self.readings):
            hours = (end - start).total_seconds() / 3600
            if after < before:
                self.falls.append((start, end))
            elif round((after - before - float(step_kwh or 0)) / hours, 9) > LIMIT_KW:
                self.exceedances.append((start, end))
                self.powers_kw[end] = (after - before) / hours
        self.peaks = list(self._runs())

    def highest_kw(self, started_at: datetime, ended_at: datetime) -> float:
        return max(kw for at, kw in self.powers_kw.items() if started_at < at <= ended_at)

    def _runs(self) -> Iterator[tuple[datetime, datetime]]:
        open_run: tuple[datetime, datetime] | None = None
        for start, end in self.exceedances:
            if open_run is not None and open_run[1] == start:
                open_run = (open_run[0], end)
                continue
            if open_run is not None:
                yield open_run
            open_run = (start, end)
        if open_run is not None:
            yield open_run


def current(model: Any, sensor: Sensor) -> list[tuple[datetime, datetime]]:
    rows = model.objects.filter(sensor=sensor, superseded_at__isnull=True)
    return list(rows.order_by("started_at").values_list("started_at", "ended_at"))


def list_recorded() -> set[tuple[str, int]]:
    """All that was ever found, whether it still holds or not."""
    found: tuple[Any, ...] = (Exceedance, RegisterFall, Peak, Notification)
    return {
        (model.__name__, pk) for model in found for pk in model.objects.values_list("pk", flat=True)
    }


def forget_everything() -> None:
    for model in (
        *(Notification, AlertedPeak, AlertGroup, Inbox, Peak, Exceedance, RegisterFall),
        *(DeferredReading, AffectedSpan, IntervalDay, SummedSensor, Reading, SensorState),
    ):
        model._default_manager.all()._raw_delete("default")


@pytest.fixture(params=[1, LOOKED_AT], ids=["pieces measured later", "pieces measured at once"])
def looked_at(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """How much of a long peak ingestion looks at makes no difference in the end."""
    monkeypatch.setattr("monitoring.peaks.LOOKED_AT", request.param)


@pytest.fixture(params=[1, 100], ids=["late ones put aside", "late ones at once"])
def late_at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many late readings are put aside makes no difference in the end either."""
    monkeypatch.setattr("monitoring.ingest.store.LATE_A_SENSOR", request.param)


@pytest.fixture(params=[NOON, BEFORE_MIDNIGHT], ids=["within a month", "over a month's end"])
def start(request: pytest.FixtureRequest, db: None) -> Iterator[datetime]:
    """The minute 0, with a partition for its month and none, or another one, for the next."""
    start: datetime = request.param
    create_partitions([Month.of(start)])
    forget_partitions()
    yield start
    forget_partitions()


@pytest.mark.usefixtures("looked_at", "late_at_once")
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(delivery=deliveries(), step_kwh=STEPS_KWH)
def test_any_delivery_leaves_what_the_oracle_finds(
    flat: Device,
    start: datetime,
    delivery: tuple[list[Series], list[list[tuple[int, int]]]],
    step_kwh: str | None,
) -> None:
    values, batches = delivery
    forget_everything()
    Sensor.objects.all().delete()
    sensors = [make_sensor(flat, f"Meter {number}", str(LIMIT_KW)) for number in range(SENSORS)]
    Sensor.objects.update(register_step_kwh=step_kwh)
    recorded = list_recorded()
    for batch in batches:
        readings = [
            WireReading(
                str(sensors[number].uuid), to_us(start + minute * MINUTE), values[number][minute]
            )
            for number, minute in batch
        ]
        store_batch(Readings.of(readings), now=start, may_defer=True)
        before, recorded = recorded, list_recorded()
        assert before <= recorded, "something that was found has been deleted"
    store_all_deferred()
    measure_peaks()
    for sensor, series_of_sensor in zip(sensors, values, strict=True):
        oracle = Oracle(series_of_sensor, start, step_kwh)
        stored = Reading.objects.filter(sensor=sensor).order_by("measured_at")
        assert list(stored.values_list("measured_at", "energy_kwh")) == oracle.readings
        assert current(Exceedance, sensor) == oracle.exceedances
        assert current(RegisterFall, sensor) == oracle.falls
        assert current(Peak, sensor) == oracle.peaks
        for peak in Peak.objects.filter(sensor=sensor, superseded_at__isnull=True):
            highest_kw = oracle.highest_kw(peak.started_at, peak.ended_at)
            assert peak.power_kw == pytest.approx(highest_kw, rel=1e-9)
        state = SensorState.objects.filter(sensor=sensor).values_list("measured_at", "energy_kwh")
        assert list(state) == oracle.readings[-1:]
    assert not QuarantinedReading.objects.exists()
    seqs = list(Notification.objects.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, Peak.objects.count() + 1))
