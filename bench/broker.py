"""The readings' queue: refused when it is in use, filled with a backlog, emptied afterwards."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, cast

from amqp import Message
from kombu import Connection

from bench.failure import BenchFailed
from monitoring.ingest.topology import (
    BATCH_ROUTING_KEY,
    METERS_EXCHANGE,
    READINGS_QUEUE,
    declare_topology,
)

#: Messages that may be on their way to the broker without its confirmation.
WINDOW = 2_000
CONFIRM_WITHIN_S = 60


class Depth(NamedTuple):
    """What the broker tells of a queue: messages that nobody has taken yet, and consumers."""

    messages: int
    consumers: int


@contextmanager
def open_channel(broker_url: str) -> Iterator[Any]:
    """A channel on a connection of its own, on which the topology exists."""
    with Connection(broker_url, connect_timeout=5, heartbeat=0) as connection:
        # The interface that AMQP and in-memory channels share is not the one that is typed.
        channel = cast("Any", connection.channel())
        declare_topology(channel)
        yield channel


def get_depth(channel: Any) -> Depth:
    """Asks for the readings' queue without changing it."""
    answer = channel.queue_declare(READINGS_QUEUE.name, passive=True)
    return Depth(answer.message_count, answer.consumer_count)


def claim_queue(broker_url: str, *, purge: bool) -> None:
    """Raises ``BenchFailed`` if the queue is in use; empties it only if ``purge``."""
    with open_channel(broker_url) as channel:
        depth = get_depth(channel)
        if depth.consumers:
            raise BenchFailed(
                f"The queue '{READINGS_QUEUE.name}' has {depth.consumers} consumer(s): "
                "stop the workers first."
            )
        if depth.messages and not purge:
            raise BenchFailed(
                f"The queue '{READINGS_QUEUE.name}' holds {depth.messages} messages: "
                "use servers of the benchmark's own, or --purge to delete them."
            )
        channel.queue_purge(READINGS_QUEUE.name)


def empty_queue(broker_url: str) -> None:
    """Deletes what a benchmark has left in the queue."""
    with open_channel(broker_url) as channel:
        channel.queue_purge(READINGS_QUEUE.name)


class Pipeline:
    """Publishes persistent messages, many at a time, and counts the broker's confirmations."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel
        self._sent = 0
        #: Tags in the order of publishing; a dict keeps it.
        self._unconfirmed: dict[int, None] = {}
        channel.confirm_select()
        channel.events["basic_ack"].add(self._on_ack)
        channel.events["basic_nack"].add(self._on_nack)

    def publish(self, body: bytes, routing_key: str = BATCH_ROUTING_KEY) -> None:
        """Sends one message; waits only when too many are not confirmed."""
        message = Message(
            body, content_type="application/json", content_encoding="utf-8", delivery_mode=2
        )
        self._channel.basic_publish(message, METERS_EXCHANGE.name, routing_key)
        self._sent += 1
        self._unconfirmed[self._sent] = None
        if len(self._unconfirmed) >= WINDOW:
            self._wait(WINDOW // 2)

    def flush(self) -> None:
        """Waits until every message is confirmed."""
        self._wait(0)

    def _wait(self, left: int) -> None:
        while len(self._unconfirmed) > left:
            self._channel.connection.drain_events(timeout=CONFIRM_WITHIN_S)

    def _on_ack(self, tag: int, multiple: bool) -> None:
        if not multiple:
            self._unconfirmed.pop(tag, None)
            return
        while self._unconfirmed and (first := next(iter(self._unconfirmed))) <= tag:
            del self._unconfirmed[first]

    def _on_nack(self, tag: int, multiple: bool) -> None:
        raise BenchFailed("The broker refuses messages.")


def fill_queue(broker_url: str, bodies: Iterable[bytes]) -> int:
    """Publishes a backlog into the empty queue, confirmed and counted. Returns its messages."""
    with open_channel(broker_url) as channel:
        channel.queue_purge(READINGS_QUEUE.name)
        pipeline = Pipeline(channel)
        count = 0
        for count, body in enumerate(bodies, 1):  # noqa: B007 - the count of what was published
            pipeline.publish(body)
        pipeline.flush()
        held = get_depth(channel).messages
    if held != count:
        raise BenchFailed(f"{count} messages were published, the queue holds {held}.")
    return count
