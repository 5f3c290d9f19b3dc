"""The cast: a meter, a clock that nobody waits for, a queue at the broker, a proxy before it."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import kombu
import pytest

from sensor_sim.meter import Meter, Reading
from tests.sensor_sim.proxy import Proxy

SENSOR_ID = UUID("5c2494a3-1140-4c7a-991a-a1a2561c6bc2")
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)

MakeReadings = Callable[[int], list[Reading]]


class FakeTime:
    """A clock that goes on only while somebody waits."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.stop = Event()

    def clock(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> bool:
        if not self.stop.is_set():
            self.now += timedelta(seconds=seconds)
        return self.stop.is_set()


class ReportedLines:
    """What a publisher has reported; a thread can wait for the next line."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._arrived = Event()

    def __call__(self, line: str) -> None:
        self.lines.append(line)
        self._arrived.set()

    def wait_for_line(self) -> None:
        assert self._arrived.wait(10), "nothing was reported"
        self._arrived.clear()


def document_of(message: kombu.Message) -> Any:
    """The JSON document that a message holds."""
    assert message.body is not None
    return json.loads(message.body)


class QueueAtBroker:
    """A queue bound to an exchange of its own, as a worker would bind it to ``meters``."""

    def __init__(self, broker_url: str) -> None:
        self.exchange_name = f"test-meters-{uuid4()}"
        self._connection = kombu.Connection(broker_url)
        self._exchange = kombu.Exchange(self.exchange_name, type="topic", durable=True)
        self._name = f"test-readings-{uuid4()}"
        self.queue = kombu.Queue(self._name, self._exchange, "m.#")

    def bind(self, **arguments: object) -> None:
        queue = kombu.Queue(self._name, self._exchange, "m.#", queue_arguments=arguments)
        self.queue = queue(self._connection.default_channel)
        self.queue.declare()

    def messages(self) -> list[kombu.Message]:
        return list(iter(lambda: self.queue.get(no_ack=True), None))

    def close(self) -> None:
        channel = self._connection.default_channel
        self.queue(channel).delete()
        self._exchange(channel).delete()
        self._connection.release()


@pytest.fixture
def queue(broker_url: str) -> Iterator[QueueAtBroker]:
    queue = QueueAtBroker(broker_url)
    yield queue
    queue.close()


@pytest.fixture
def proxy(broker_url: str) -> Iterator[Proxy]:
    with Proxy(broker_url) as proxy:
        yield proxy


@pytest.fixture
def reported() -> ReportedLines:
    return ReportedLines()


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime(NOON)


@pytest.fixture
def meter() -> Meter:
    return Meter(SENSOR_ID)


@pytest.fixture
def make_readings(meter: Meter) -> MakeReadings:
    return lambda count: list(meter.readings(NOON - timedelta(days=1), limit=count))
