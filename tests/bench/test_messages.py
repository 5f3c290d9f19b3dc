"""The benchmarks' messages are valid, and hold what they promise."""

from itertools import pairwise

import pytest

from bench.messages import (
    INTERVAL_US,
    LIMIT_KW,
    PEAK_EVERY,
    Sent,
    count_peaks,
    encode_all,
    prepare,
    readings,
    register_kwh,
    sensor_uuid,
)
from bench.sizes import Workload
from monitoring.rules.power import Exceeded, Sample, judge_interval
from monitoring.rules.readings import Reading
from monitoring.rules.wire import parse_message

NOW_US = 1_773_144_000_000_000  # on a quarter of an hour
WORKLOADS = [
    Workload(sensors=30, steps=4, per_message=1),
    Workload(sensors=300, steps=20, per_message=100),
    Workload(sensors=1_000, steps=3, per_message=1_000),
]


def judged(sensor: int, steps: range) -> list[object]:
    samples = [Sample(step * INTERVAL_US, register_kwh(sensor, step)) for step in steps]
    return [judge_interval(*pair, LIMIT_KW) for pair in pairwise(samples)]


@pytest.mark.parametrize("workload", WORKLOADS)
def test_every_message_is_accepted_whole(workload: Workload) -> None:
    backlog = prepare(workload, end_us=NOW_US)
    parsed = [parse_message(body, now_us=NOW_US) for body in backlog.bodies]
    assert len(backlog.bodies) == workload.messages
    assert {len(message.readings) for message in parsed} == {workload.per_message}
    assert not any(message.rejections for message in parsed)
    accepted = [reading for message in parsed for reading in message.readings]
    assert len({reading[:2] for reading in accepted}) == workload.readings
    last = backlog.last
    assert accepted[-1] == Reading(sensor_uuid(last.sensor), NOW_US, last.energy_kwh)


@pytest.mark.parametrize("workload", WORKLOADS)
def test_the_promised_peaks_are_found_by_the_rule(workload: Workload) -> None:
    steps = range(workload.steps + 1)  # the reading before the first is there already
    found = [judged(sensor, steps) for sensor in range(workload.sensors)]
    exceeded = sum(isinstance(one, Exceeded) for of_sensor in found for one in of_sensor)
    assert exceeded == prepare(workload, end_us=NOW_US).peaks


def test_one_interval_in_a_thousand_is_a_peak() -> None:
    assert count_peaks(1_000, range(1, 101)) == 100
    assert count_peaks(100_000, range(1, 7)) == 600
    assert count_peaks(1, range(1, 3 * PEAK_EVERY + 1)) == 3


@pytest.mark.parametrize("sensor", [0, 1, 7, 999, 1_000, 54_321])
def test_registers_rise_and_peaks_stand_alone(sensor: int) -> None:
    steps = range(-2_500, 2_500)
    found = judged(sensor, steps)
    peaks = [position for position, one in enumerate(found) if one is not None]
    assert all(isinstance(found[position], Exceeded) for position in peaks)
    assert len(peaks) == 5
    assert {later - earlier for earlier, later in pairwise(peaks)} == {PEAK_EVERY}
    registers = [register_kwh(sensor, step) for step in steps]
    assert all(later > earlier >= 0 for earlier, later in pairwise(registers))


def test_all_sensors_come_at_one_time_then_at_the_next() -> None:
    sent = list(readings(2, range(1, 3), start_us=100))
    times = [(one.sensor, (one.at_us - 100) // INTERVAL_US) for one in sent]
    assert times == [(0, 1), (1, 1), (0, 2), (1, 2)]


def test_the_last_message_holds_the_rest() -> None:
    sent = [Sent(0, NOW_US - step * INTERVAL_US, 1.0) for step in range(5)]
    bodies = list(encode_all(sent, per_message=2))
    sizes = [len(parse_message(body, now_us=NOW_US).readings) for body in bodies]
    assert sizes == [2, 2, 1]
