"""What the broker says of the queues, asked anew for each scrape."""

import logging
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.conf import settings
from kombu import Connection
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from monitoring.ingest.topology import DEAD_QUEUE, READINGS_QUEUE

logger = logging.getLogger(__name__)

#: For each answer of the broker's. Prometheus waits 10 s for all of a scrape.
ANSWER_TIMEOUT_S = 2.0

QUEUES = (READINGS_QUEUE.name, DEAD_QUEUE.name)


class QueueState(NamedTuple):
    """A queue as the broker sees it; ``messages`` are those in nobody's hands."""

    messages: int
    consumers: int


class BrokerCollector(Collector):
    """Whether the broker answers, and how long its queues are.

    What the broker does not say has no sample: a broker that is away, a queue not yet declared.
    """

    def describe(self) -> Iterable[Metric]:
        return _families({}, is_up=False)

    def collect(self) -> Iterable[Metric]:
        try:
            return _families(get_queue_states(settings.BROKER_URL), is_up=True)
        except Exception as error:
            # Whatever a library makes of a broker that is away: the other metrics are told.
            logger.warning("The broker does not tell the length of its queues: %r", error)
            return _families({}, is_up=False)


def get_queue_states(broker_url: str, names: Iterable[str] = QUEUES) -> dict[str, QueueState]:
    """The queues that exist, by name. Raises what kombu raises when the broker does not answer."""
    connection: Any = Connection(
        broker_url, ssl=settings.BROKER_TLS, connect_timeout=ANSWER_TIMEOUT_S, heartbeat=0
    )
    try:
        connection.ensure_connection(max_retries=0, reraise_as_library_errors=False)
        if connection.transport.driver_type == "amqp":
            # Else a broker that hangs after the handshake is waited for without end.
            connection.connection.sock.settimeout(ANSWER_TIMEOUT_S)
        states = {name: _get_state(connection, name) for name in names}
    finally:
        connection.collect()  # without a word: it may not answer any more
    return {name: state for name, state in states.items() if state is not None}


def _get_state(connection: Any, name: str) -> QueueState | None:
    # The broker closes a channel that asks for a queue that does not exist.
    channel = connection.channel()
    try:
        declared = channel.queue_declare(name, passive=True)
    except connection.channel_errors:
        return None
    return QueueState(declared.message_count, declared.consumer_count)


def _families(states: dict[str, QueueState], *, is_up: bool) -> list[Metric]:
    up = GaugeMetricFamily("energy_broker_up", "1 if the broker answers this process, else 0.")
    messages = GaugeMetricFamily(
        "energy_queue_messages",
        "Messages that wait in the queue, without those in the hands of workers.",
        labels=["queue"],
    )
    consumers = GaugeMetricFamily(
        "energy_queue_consumers", "Consumers of the queue.", labels=["queue"]
    )
    up.add_metric([], float(is_up))
    for name, state in states.items():
        messages.add_metric([name], state.messages)
        consumers.add_metric([name], state.consumers)
    return [up, messages, consumers]
