"""Publishing readings when they are due, on a clock that nobody waits for."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from threading import Event
from typing import NoReturn, TypedDict, Unpack
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_sim.meter import Meter, Reading, merge_readings
from sensor_sim.runner import KEEP_ALIVE_SECONDS, Pace, run_simulation
from tests.sensor_sim.conftest import NOON, FakeTime

INTERVAL = timedelta(seconds=10)


class Recorder:
    """A publisher that notes what it is given, and when."""

    def __init__(self, time: FakeTime, *, stop_after: int = 10**9) -> None:
        self.published: list[tuple[datetime, list[Reading]]] = []
        self.keep_alives = 0
        self._time = time
        self._stop_after = stop_after

    def publish(self, readings: Sequence[Reading]) -> bool:
        self.published.append((self._time.now, list(readings)))
        if len(self.published) >= self._stop_after:
            self._time.stop.set()
        return True

    def keep_alive(self) -> None:
        self.keep_alives += 1


class RunOptions(TypedDict, total=False):
    pace: Pace | None
    batch_size: int
    on_published: Callable[[Sequence[Reading]], object]


def run(
    time: FakeTime,
    readings: Iterable[Reading],
    *,
    publisher: Recorder | None = None,
    **options: Unpack[RunOptions],
) -> Recorder:
    recorder = publisher or Recorder(time)
    run_simulation(
        readings,
        publisher=recorder,
        stop=time.stop,
        clock=time.clock,
        wait=time.wait,
        **options,
    )
    return recorder


def test_without_pace_the_past_goes_out_at_once_and_the_rest_in_real_time(
    meter: Meter, fake_time: FakeTime
) -> None:
    readings = list(meter.readings(NOON - timedelta(hours=1), limit=363))
    recorder = run(fake_time, readings)
    assert [messages[0] for _, messages in recorder.published] == readings
    delays = [(at - NOON).total_seconds() for at, _ in recorder.published]
    assert delays == pytest.approx([0] * 361 + [10, 20], abs=1e-3)


def test_a_fast_simulation_goes_on_in_real_time_once_it_has_caught_up(
    meter: Meter, fake_time: FakeTime
) -> None:
    start = NOON - timedelta(seconds=300)
    pace = Pace(speed=4, simulated_start=start, real_start=NOON)
    recorder = run(fake_time, meter.readings(start, limit=60), pace=pace)
    times = [(at - NOON).total_seconds() for at, _ in recorder.published]
    caught_up = 40  # 300 s behind, gaining 3 s a second: after 100 s at second 400
    assert times[:caught_up] == pytest.approx([2.5 * n for n in range(caught_up)], abs=1e-3)
    real_time = [100 + 10 * n for n in range(20)]
    assert times[caught_up:] == pytest.approx(real_time, abs=1e-3)


@given(
    speed=st.floats(0.5, 1e6),
    behind_seconds=st.integers(0, 10_000),
    interval_ms=st.integers(1, 100_000),
)
def test_no_reading_goes_out_before_its_time(
    speed: float, behind_seconds: int, interval_ms: int
) -> None:
    time = FakeTime(NOON)
    start = NOON - timedelta(seconds=behind_seconds)
    pace = Pace(speed=speed, simulated_start=start, real_start=NOON)
    meter = Meter(UUID(int=1), interval=timedelta(milliseconds=interval_ms))
    recorder = run(time, meter.readings(start, limit=30), pace=pace)
    assert len(recorder.published) == 30
    assert all(at >= readings[0].measured_at for at, readings in recorder.published)


def test_a_message_holds_what_is_due_up_to_its_size(fake_time: FakeTime) -> None:
    meters = [Meter(UUID(int=number)) for number in range(5)]
    readings = merge_readings(meters, NOON, limit=2)
    recorder = run(fake_time, readings, batch_size=3)
    assert [len(message) for _, message in recorder.published] == [3, 2, 3, 2]
    times = [(at - NOON).total_seconds() for at, _ in recorder.published]
    assert times == pytest.approx([0, 0, 10, 10], abs=1e-3)


def test_the_past_fills_whole_messages(meter: Meter, fake_time: FakeTime) -> None:
    readings = meter.readings(NOON - timedelta(hours=1), until=NOON)
    recorder = run(fake_time, readings, batch_size=100)
    assert [len(message) for _, message in recorder.published] == [100, 100, 100, 60]


def test_the_connection_is_kept_alive_between_readings(fake_time: FakeTime) -> None:
    meter = Meter(UUID(int=1), interval=timedelta(hours=1))
    recorder = run(fake_time, meter.readings(NOON, limit=2))
    assert recorder.keep_alives == 3600 / KEEP_ALIVE_SECONDS


def test_it_ends_when_asked_to_stop(meter: Meter, fake_time: FakeTime) -> None:
    recorder = Recorder(fake_time, stop_after=3)
    run(fake_time, meter.readings(NOON - timedelta(hours=1)), publisher=recorder)
    assert len(recorder.published) == 3


def test_it_ends_while_waiting_for_the_next_reading(meter: Meter) -> None:
    stop = Event()
    published: list[Reading] = []

    class Publisher:
        def publish(self, readings: Sequence[Reading]) -> bool:
            published.extend(readings)
            return True

        def keep_alive(self) -> NoReturn:
            raise AssertionError("it should have stopped")

    def wait(_seconds: float) -> bool:
        stop.set()
        return True

    run_simulation(
        meter.readings(NOON), publisher=Publisher(), stop=stop, clock=lambda: NOON, wait=wait
    )
    assert len(published) == 1


def test_what_the_publisher_has_given_up_is_not_counted(meter: Meter, fake_time: FakeTime) -> None:
    class GivesUp(Recorder):
        def publish(self, readings: Sequence[Reading]) -> bool:
            super().publish(readings)
            return False

    counted: list[Sequence[Reading]] = []
    recorder = run(
        fake_time, meter.readings(NOON), publisher=GivesUp(fake_time), on_published=counted.append
    )
    assert len(recorder.published) == 1
    assert counted == []
