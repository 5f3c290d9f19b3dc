"""Readings as a fleet of meters would send them, and the wire messages that hold them.

Everything follows from a sensor's number and a step of time, so that the messages of one run are
those of the next, and the number of peaks in them is known.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple
from uuid import UUID

import orjson

from bench.sizes import Workload

INTERVAL_US = 15 * 60 * 1_000_000
LIMIT_KW = 10
#: One interval in so many is above the limit.
PEAK_EVERY = 1_000

_BASE_WH = 50_000_000
_MEAN_WH = 500
_JITTER_WH = 500
#: In a quarter of an hour: 12 kW on top of what is usual.
_PEAK_WH = 3_000
#: Shares no factor with PEAK_EVERY, so every step has its share of peaks.
_PEAK_STRIDE = 143


class Sent(NamedTuple):
    """One reading: which sensor (a number from 0 on), when (UTC microseconds), register (kWh)."""

    sensor: int
    at_us: int
    energy_kwh: float


@cache
def sensor_uuid(sensor: int) -> str:
    """The identity on the wire of a benchmark's sensor."""
    return str(UUID(hashlib.md5(f"bench sensor {sensor}".encode()).hexdigest()))


def peak_step(sensor: int) -> int:
    """The step of each ``PEAK_EVERY`` that ends an interval above the limit."""
    return -sensor * _PEAK_STRIDE % PEAK_EVERY


def register_kwh(sensor: int, step: int) -> float:
    """A register that rises by 0.001 to 0.999 kWh a step, and by 3 kWh more at each peak."""
    peaks = (step + PEAK_EVERY - peak_step(sensor)) // PEAK_EVERY
    jitter_wh = (sensor * 7_919 + step * step * 31) % _JITTER_WH
    own_wh = sensor % 1_000 * 10_000
    return (_BASE_WH + own_wh + _MEAN_WH * step + jitter_wh + _PEAK_WH * peaks) / 1_000


def count_peaks(sensors: int, steps: range) -> int:
    """How many intervals that end in ``steps`` are above the limit. No two of them adjoin."""
    return sum(
        (steps.stop - 1 - first) // PEAK_EVERY - (steps.start - 1 - first) // PEAK_EVERY
        for first in map(peak_step, range(sensors))
    )


def readings(sensors: int, steps: range, *, start_us: int) -> Iterator[Sent]:
    """All sensors at one time, then at the next; step 0 is at ``start_us``."""
    for step in steps:
        at_us = start_us + step * INTERVAL_US
        for sensor in range(sensors):
            yield Sent(sensor, at_us, register_kwh(sensor, step))


def encode(sent: Sequence[Sent]) -> bytes:
    """A wire message, in the form in which meters send it: one reading, or a list of them."""
    items = [
        {
            "timestamp": reading.at_us // 1_000,
            "sensor_id": sensor_uuid(reading.sensor),
            "measurement_value": reading.energy_kwh,
        }
        for reading in sent
    ]
    return orjson.dumps(items if len(items) > 1 else items[0])


def encode_all(sent: Iterable[Sent], *, per_message: int) -> Iterator[bytes]:
    """Wire messages of ``per_message`` readings; the last may hold fewer."""
    message: list[Sent] = []
    for reading in sent:
        message.append(reading)
        if len(message) == per_message:
            yield encode(message)
            message = []
    if message:
        yield encode(message)


class Backlog(NamedTuple):
    """What a run is to store, prepared before the clock starts."""

    workload: Workload
    start_us: int
    bodies: list[bytes]
    last: Sent
    peaks: int


def prepare(workload: Workload, *, end_us: int) -> Backlog:
    """The messages of a workload whose newest readings are of ``end_us``."""
    start_us = end_us - workload.steps * INTERVAL_US
    steps = range(1, workload.steps + 1)
    sent = readings(workload.sensors, steps, start_us=start_us)
    last = workload.sensors - 1
    return Backlog(
        workload,
        start_us,
        list(encode_all(sent, per_message=workload.per_message)),
        Sent(last, end_us, register_kwh(last, workload.steps)),
        count_peaks(workload.sensors, steps),
    )
