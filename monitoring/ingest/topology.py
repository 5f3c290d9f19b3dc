"""What the platform expects of the broker: one exchange, one queue, one queue for dead letters."""

from typing import Any

from kombu import Exchange, Queue

#: No arguments: a meter's own client declares it plainly, and must agree.
METERS_EXCHANGE = Exchange("meters", type="topic", durable=True)

BATCH_ROUTING_KEY = "m.batch"

#: Messages that killed a consumer again and again. From RabbitMQ 4 on, a quorum queue without a
#: limit of its own forgets a message that was delivered 20 times in vain.
DEAD_QUEUE = Queue(
    "readings.dead",
    durable=True,
    queue_arguments={"x-queue-type": "quorum", "x-delivery-limit": 1_000_000},
)

READINGS_QUEUE = Queue(
    "readings",
    exchange=METERS_EXCHANGE,
    routing_key="m.#",
    durable=True,
    queue_arguments={
        "x-queue-type": "quorum",
        "x-delivery-limit": 20,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": DEAD_QUEUE.name,
        # A dead letter leaves this queue only when the other one has confirmed it; RabbitMQ
        # grants that only together with this overflow.
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    },
)


def routing_key_of(sensor_uuid: str) -> str:
    """The routing key of a message that holds readings of one sensor."""
    return f"m.{sensor_uuid}"


def declare_topology(channel: Any) -> None:
    """Declares exchange, queues and binding on a kombu channel. Declaring again changes nothing.

    Raises ``amqp.PreconditionFailed`` if the broker has one of them with other arguments.
    """
    METERS_EXCHANGE(channel).declare()
    # Before the queue whose dead letters it takes.
    DEAD_QUEUE(channel).declare()
    READINGS_QUEUE(channel).declare()
