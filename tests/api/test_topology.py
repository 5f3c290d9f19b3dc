"""What is declared at the broker: by us, again, and by a client that knows only the contract."""

from kombu import Connection, Exchange
from kombu.messaging import Producer

from monitoring.ingest.topology import DEAD_QUEUE, READINGS_QUEUE, declare_topology
from tests.api.conftest import Published


def test_topology_may_be_declared_again(broker_url: str) -> None:
    with Connection(broker_url) as connection:
        for _ in range(2):
            channel = connection.channel()
            declare_topology(channel)
            READINGS_QUEUE(channel).queue_declare(passive=True)
            DEAD_QUEUE(channel).queue_declare(passive=True)


def test_clients_plain_exchange_is_the_same_one(broker_url: str, published: Published) -> None:
    with Connection(broker_url, transport_options={"confirm_publish": True}) as connection:
        meters = Exchange("meters", type="topic", durable=True)
        producer = Producer(connection.channel(), meters, auto_declare=True)
        for key in ("m.5c2494a3-1140-4c7a-991a-a1a2561c6bc2", "m.batch"):
            producer.publish(key.encode(), routing_key=key, content_type="application/json")
    assert published() == [b"m.5c2494a3-1140-4c7a-991a-a1a2561c6bc2", b"m.batch"]
