"""A meter's register and its readings."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_sim.fleet import fleet_sensor_ids, spread_phases
from sensor_sim.meter import Meter, merge_readings, past_readings

START = datetime(2026, 3, 4, tzinfo=UTC)
INTERVALS = st.integers(1, 90_000_000).map(lambda ms: timedelta(milliseconds=ms))


@given(interval=INTERVALS, number=st.integers(0, 50), start=st.integers(0, 10**9))
def test_a_restart_goes_on_with_the_same_readings(
    interval: timedelta, number: int, start: int
) -> None:
    start_at = START - timedelta(milliseconds=start)
    whole = list(Meter(UUID(int=1), interval=interval).readings(start_at, limit=60))
    restarted = Meter(UUID(int=1), interval=interval)
    assert list(restarted.readings(whole[number].measured_at, limit=10)) == whole[number:][:10]


@given(interval=INTERVALS, start=st.integers(0, 10**12))
def test_readings_start_on_time_and_the_register_never_falls(
    interval: timedelta, start: int
) -> None:
    start_at = START - timedelta(microseconds=start)
    readings = list(Meter(UUID(int=2), interval=interval).readings(start_at, limit=30))
    assert start_at <= readings[0].measured_at < start_at + interval
    for before, after in pairwise(readings):
        assert after.measured_at - before.measured_at == interval
        assert after.register_kwh >= before.register_kwh


def test_readings_end_before_until_or_at_the_limit(meter: Meter) -> None:
    until = START + timedelta(seconds=30)
    times = [reading.measured_at for reading in meter.readings(START, until=until)]
    assert times == [START, START + timedelta(seconds=10), START + timedelta(seconds=20)]
    assert len(list(meter.readings(START, until=until, limit=2))) == 2


def test_history_and_live_readings_join_without_gap_or_fall(meter: Meter) -> None:
    history_start = START - timedelta(days=14)
    history = list(past_readings(meter, history_start, START, timedelta(minutes=15)))
    assert len(history) == 14 * 96
    assert history[0][0] == history_start
    assert history[-1][0] == START - timedelta(minutes=15)
    live = next(meter.readings(START))
    assert live.measured_at == START
    registers = [register for _, register in history] + [live.register_kwh]
    assert all(before < after for before, after in pairwise(registers))


def test_history_that_does_not_fit_ends_before_its_end(meter: Meter) -> None:
    history = list(
        past_readings(meter, START, START + timedelta(minutes=16), timedelta(minutes=15))
    )
    assert [at for at, _ in history] == [START, START + timedelta(minutes=15)]


def test_the_register_can_be_given() -> None:
    meter = Meter(UUID(int=1), register_kwh=1234.5, register_at=START)
    assert next(meter.readings(START)).register_kwh == 1234.5


def test_seed_and_sensor_make_another_household() -> None:
    registers = {
        Meter(UUID(int=sensor), seed=seed).register_kwh_at(START)
        for sensor in range(3)
        for seed in range(3)
    }
    assert len(registers) == 9


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match=r"at least 0\.001 s"):
        Meter(UUID(int=1), interval=timedelta(0))
    with pytest.raises(ValueError, match="belong together"):
        Meter(UUID(int=1), register_kwh=1.0)


def test_readings_of_many_meters_come_in_the_order_of_time() -> None:
    interval = timedelta(seconds=10)
    phases = spread_phases(4, interval)
    meters = [
        Meter(sensor_id, phase=phase)
        for sensor_id, phase in zip(fleet_sensor_ids(4), phases, strict=True)
    ]
    readings = list(merge_readings(meters, START, limit=3))
    assert [(r.measured_at - START).total_seconds() for r in readings] == [
        2.5 * number for number in range(12)
    ]
    assert [r.sensor_id for r in readings] == fleet_sensor_ids(4) * 3


def test_the_ids_of_the_fleet_never_change() -> None:
    first = UUID("1ae5e292-da6a-5393-99b7-f594ff9ed172")
    assert fleet_sensor_ids(2)[0] == first
    assert fleet_sensor_ids(3)[:2] == fleet_sensor_ids(2)
    assert len(set(fleet_sensor_ids(1000))) == 1000
