"""What the meters of these tests send, and what must become of it."""

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count, islice
from typing import NamedTuple

FIRST_US = round(datetime(2025, 1, 1, tzinfo=UTC).timestamp() * 1e6)
MINUTE_US = 60_000_000
LIMIT_KW = 4.0

#: Steps of a register in hundredths of a kWh a minute: 3 kW, and now and then 6 kW, or a new meter.
STEPS = [5] * 40 + [10] * 9 + [-300]


class Meter(NamedTuple):
    """A sensor as the database knows it, and on the wire."""

    sensor_id: int
    uuid: str


class Row(NamedTuple):
    """A reading as it must be found in the database: UTC microseconds since 1970, kWh."""

    uuid: str
    at_us: int
    energy_kwh: float


class Rejected(NamedTuple):
    """An entry that must be found in quarantine; ``raw`` is cut at 4 KiB there."""

    reason: str
    raw: bytes


class Message(NamedTuple):
    """A body for the broker, and what it must leave behind."""

    body: bytes
    rows: tuple[Row, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    headers: dict[str, str] | None = None


def reading_at(meter: Meter, minute: int, energy_kwh: float) -> Row:
    return Row(meter.uuid, FIRST_US + minute * MINUTE_US, energy_kwh)


def as_object(row: Row) -> dict[str, object]:
    return {
        "timestamp": row.at_us // 1000,
        "sensor_id": row.uuid,
        "measurement_value": row.energy_kwh,
    }


def message_of(rows: Sequence[Row]) -> Message:
    """One reading as an object, more of them as a list."""
    content = [as_object(row) for row in rows]
    return Message(json.dumps(content if len(content) > 1 else content[0]).encode(), tuple(rows))


def readings(meters: Sequence[Meter], *, seed: int = 1) -> Iterator[Row]:
    """Without end: each meter's register minute by minute, with peaks and falls."""
    chance = random.Random(seed)
    hundredths = [1000] * len(meters)
    for minute in count():
        for number, meter in enumerate(meters):
            hundredths[number] = max(0, hundredths[number] + chance.choice(STEPS))
            yield reading_at(meter, minute, hundredths[number] / 100)


def messages(rows: Iterable[Row], *, size: int = 1) -> Iterator[Message]:
    """The rows in messages of ``size``."""
    rows = iter(rows)
    while part := list(islice(rows, size)):
        yield message_of(part)


def load(meters: Sequence[Meter], *, seed: int = 1, size: int = 1) -> Iterator[Message]:
    """Messages without end."""
    return messages(readings(meters, seed=seed), size=size)


def some(meters: Sequence[Meter], readings_each: int, *, size: int = 1) -> list[Message]:
    """Messages with so many readings of each meter."""
    rows = islice(readings(meters), readings_each * len(meters))
    return list(messages(rows, size=size))
