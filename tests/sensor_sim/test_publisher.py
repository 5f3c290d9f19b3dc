"""Publishing to a real RabbitMQ, through a proxy that makes trouble."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from typing import Protocol

import kombu
import pytest

from sensor_sim.confirming import (
    CONFIRM_TIMEOUT_SECONDS,
    LONGEST_RETRY_SECONDS,
    _retry_delays,
)
from sensor_sim.meter import Reading
from sensor_sim.publisher import Publisher
from sensor_sim.runner import run_simulation
from tests.sensor_sim.conftest import MakeReadings, QueueAtBroker, ReportedLines, document_of
from tests.sensor_sim.proxy import Proxy


class MakePublisher(Protocol):
    def __call__(
        self, url: str, *, confirm_timeout_seconds: float = CONFIRM_TIMEOUT_SECONDS
    ) -> Publisher: ...


@contextmanager
def started(
    publisher: Publisher,
    readings: Iterable[Reading],
    *,
    on_published: Callable[[Sequence[Reading]], object] = lambda readings: None,
) -> Iterator[None]:
    """Runs a simulation in a thread; on leaving it must have come to its end."""
    thread = Thread(
        target=run_simulation,
        args=(readings,),
        kwargs={"publisher": publisher, "stop": publisher._stop, "on_published": on_published},
    )
    thread.start()
    try:
        yield
        thread.join(30)
        assert not thread.is_alive(), "not all readings were published"
    finally:
        publisher._stop.set()
        thread.join(30)
        publisher.close()


@pytest.fixture
def make_publisher(queue: QueueAtBroker, reported: ReportedLines) -> MakePublisher:
    def make(url: str, *, confirm_timeout_seconds: float = CONFIRM_TIMEOUT_SECONDS) -> Publisher:
        stop = Event()
        return Publisher(
            url,
            stop=stop,
            report=reported,
            exchange_name=queue.exchange_name,
            wait=lambda seconds: stop.wait(seconds / 50),
            confirm_timeout_seconds=confirm_timeout_seconds,
        )

    return make


def arrived(queue: QueueAtBroker) -> Counter[tuple[int, float]]:
    """How often each (timestamp, value) has arrived."""
    documents = [document_of(message) for message in queue.messages()]
    readings = [r for d in documents for r in (d if isinstance(d, list) else [d])]
    return Counter((reading["timestamp"], reading["measurement_value"]) for reading in readings)


def expected(readings: Iterable[Reading]) -> set[tuple[int, float]]:
    return {(int(r.measured_at.timestamp() * 1000), r.register_kwh) for r in readings}


def test_a_message_is_as_the_contract_says(
    broker_url: str,
    queue: QueueAtBroker,
    make_publisher: MakePublisher,
    make_readings: MakeReadings,
) -> None:
    queue.bind()
    readings = make_readings(1)
    with make_publisher(broker_url) as publisher:
        assert publisher.publish(readings)
    (message,) = queue.messages()
    assert message.delivery_info["routing_key"] == f"m.{readings[0].sensor_id}"
    assert message.delivery_info["exchange"] == queue.exchange_name
    assert message.content_type == "application/json"
    assert message.content_encoding == "utf-8"
    properties: Mapping[str, object] = message.properties  # not only strings, as kombu's stubs say
    assert properties["delivery_mode"] == 2
    assert document_of(message)["sensor_id"] == str(readings[0].sensor_id)
    assert (publisher.confirmed_messages, publisher.confirmed_readings) == (1, 1)


def test_the_exchange_is_declared_durable_and_the_queue_is_not(
    broker_url: str, queue: QueueAtBroker, make_publisher: MakePublisher
) -> None:
    with make_publisher(broker_url) as publisher:
        publisher._producer = publisher._connect()
        publisher._producer.declare()
    with kombu.Connection(broker_url) as connection:
        exchange = kombu.Exchange(queue.exchange_name, type="topic", durable=True)
        # Declaring it with other properties would close the channel.
        exchange(connection.default_channel).declare()
        with pytest.raises(connection.channel_errors, match="NOT_FOUND"):
            queue.queue(connection.channel()).queue_declare(passive=True)


def test_nothing_is_lost_when_the_connection_is_cut_again_and_again(
    queue: QueueAtBroker,
    proxy: Proxy,
    make_publisher: MakePublisher,
    make_readings: MakeReadings,
    reported: ReportedLines,
) -> None:
    queue.bind()
    readings = make_readings(300)
    published: list[Reading] = []

    def cut_sometimes(message: Sequence[Reading]) -> None:
        published.extend(message)
        if len(published) % 50 == 0:
            proxy.cut()
        elif len(published) % 25 == 0:
            proxy.cut_after(1)  # the broker gets the message, its confirm is lost

    publisher = make_publisher(proxy.url)
    with started(publisher, readings, on_published=cut_sometimes):
        pass
    counts = arrived(queue)
    assert set(counts) == expected(readings)
    assert published == readings
    assert publisher.confirmed_readings == 300
    assert publisher.retries >= 11
    assert proxy.connection_count >= 12
    # Each trouble is told once, and its end once.
    assert len(reported.lines) % 2 == 0
    assert all("Cannot publish" in line for line in reported.lines[::2])
    assert all("takes readings again" in line for line in reported.lines[1::2])


def test_it_waits_for_a_broker_that_is_away_at_the_start(
    queue: QueueAtBroker,
    proxy: Proxy,
    make_publisher: MakePublisher,
    make_readings: MakeReadings,
    reported: ReportedLines,
) -> None:
    queue.bind()
    proxy.refuse()
    readings = make_readings(3)
    with started(make_publisher(proxy.url), readings):
        reported.wait_for_line()
        proxy.accept()
    assert set(arrived(queue)) == expected(readings)
    assert len(reported.lines) == 2
    assert "Connection refused" in reported.lines[0]


def test_it_waits_until_a_queue_is_bound(
    broker_url: str,
    queue: QueueAtBroker,
    make_publisher: MakePublisher,
    make_readings: MakeReadings,
    reported: ReportedLines,
) -> None:
    readings = make_readings(3)
    publisher = make_publisher(broker_url)
    with started(publisher, readings):
        reported.wait_for_line()
        queue.bind()
    assert dict(arrived(queue)) == dict.fromkeys(expected(readings), 1)
    assert publisher.retries >= 1
    assert len(reported.lines) == 2
    assert "start a worker first" in reported.lines[0]


def test_a_confirm_that_does_not_come_is_not_awaited_for_ever(
    queue: QueueAtBroker,
    proxy: Proxy,
    make_publisher: MakePublisher,
    make_readings: MakeReadings,
    reported: ReportedLines,
) -> None:
    queue.bind()
    readings = make_readings(2)
    publisher = make_publisher(proxy.url, confirm_timeout_seconds=0.2)
    assert publisher.publish(readings[:1])
    proxy.stall()
    with started(publisher, readings[1:]):
        reported.wait_for_line()
        proxy.resume()
    assert set(arrived(queue)) == expected(readings)
    assert "timed out" in reported.lines[0]


def test_a_message_that_the_broker_refuses_is_sent_again(
    broker_url: str,
    queue: QueueAtBroker,
    make_publisher: MakePublisher,
    make_readings: MakeReadings,
    reported: ReportedLines,
) -> None:
    queue.bind(**{"x-max-length": 1, "x-overflow": "reject-publish"})
    readings = make_readings(2)
    publisher = make_publisher(broker_url)
    assert publisher.publish(readings[:1])
    with started(publisher, readings[1:]):
        reported.wait_for_line()
        first = arrived(queue)
    assert set(first) | set(arrived(queue)) == expected(readings)


def test_a_connection_lost_between_two_readings_is_noticed_at_once(
    queue: QueueAtBroker,
    proxy: Proxy,
    make_publisher: MakePublisher,
    make_readings: MakeReadings,
    reported: ReportedLines,
) -> None:
    queue.bind()
    readings = make_readings(2)
    with make_publisher(proxy.url) as publisher:
        assert publisher.publish(readings[:1])
        publisher.keep_alive()
        assert reported.lines == []
        proxy.cut()
        while not reported.lines:
            publisher.keep_alive()
        assert publisher.publish(readings[1:])
    assert set(arrived(queue)) == expected(readings)
    assert len(reported.lines) == 2


def test_while_the_broker_blocks_publishers_it_opens_no_further_connection(
    queue: QueueAtBroker,
    proxy: Proxy,
    make_publisher: MakePublisher,
    make_readings: MakeReadings,
    reported: ReportedLines,
) -> None:
    """The block itself is played: an alarm would stop every other test at this broker."""
    queue.bind()
    readings = make_readings(2)
    publisher = make_publisher(proxy.url, confirm_timeout_seconds=0.2)
    assert publisher.publish(readings[:1])
    proxy.stall()
    publisher._on_blocked("alarm")
    unblocked = Event()
    waits: list[int] = []
    make_wait = publisher._wait

    def wait(seconds: float) -> bool:
        waits.append(proxy.connection_count)
        if len(waits) == 20:
            proxy.resume()
            publisher._on_unblocked()
            unblocked.set()
        return make_wait(seconds)

    publisher._wait = wait
    with started(publisher, readings[1:]):
        assert unblocked.wait(30)
    assert waits[:20] == [1] * 20
    assert proxy.connection_count == 2  # a late confirm must not be taken for another message's
    assert set(arrived(queue)) == expected(readings)
    assert len(reported.lines) == 2
    assert "short of memory or disk space" in reported.lines[0]


def test_it_stops_while_it_waits_for_the_broker(
    proxy: Proxy,
    make_publisher: MakePublisher,
    make_readings: MakeReadings,
    reported: ReportedLines,
) -> None:
    proxy.refuse()
    publisher = make_publisher(proxy.url)
    with started(publisher, make_readings(1)):
        reported.wait_for_line()
        publisher._stop.set()
    assert publisher.confirmed_messages == 0


def test_once_asked_to_stop_it_publishes_nothing(
    broker_url: str,
    queue: QueueAtBroker,
    make_publisher: MakePublisher,
    make_readings: MakeReadings,
) -> None:
    queue.bind()
    with make_publisher(broker_url) as publisher:
        publisher._stop.set()
        assert not publisher.publish(make_readings(1))
    assert queue.messages() == []


def test_the_password_is_never_shown(
    proxy: Proxy,
    make_publisher: MakePublisher,
    make_readings: MakeReadings,
    reported: ReportedLines,
) -> None:
    url = proxy.url.replace(proxy.url.split("@")[0], "amqp://somebody:s3cr3t")
    publisher = make_publisher(url)
    with started(publisher, make_readings(1)):
        reported.wait_for_line()
        publisher._stop.set()
    assert "somebody:**@127.0.0.1" in reported.lines[0]
    assert "s3cr3t" not in "".join(reported.lines) + publisher.broker + repr(publisher)


def test_kombus_memory_transport_will_do(make_readings: MakeReadings) -> None:
    with kombu.Connection("memory://") as connection:
        exchange = kombu.Exchange("test-memory", type="topic", durable=True)
        queue = kombu.Queue("test-memory-readings", exchange, "m.#")(connection.default_channel)
        queue.declare()
        stop = Event()
        with Publisher("memory://", stop=stop, exchange_name="test-memory") as publisher:
            run_simulation(make_readings(5), publisher=publisher, stop=stop, batch_size=2)
            publisher.keep_alive()
            assert not publisher.confirms
        assert publisher.confirmed_readings == 5
        messages = list(iter(lambda: queue.get(no_ack=True), None))
    documents = [document_of(message) for message in messages]
    assert [len(document) for document in documents] == [2, 2, 3]  # the last one is an object


def test_retries_come_more_and_more_slowly_up_to_a_cap() -> None:
    delays = [delay for delay, _ in zip(_retry_delays(), range(40), strict=False)]
    assert 0.25 <= delays[0] <= 0.5
    assert all(LONGEST_RETRY_SECONDS / 2 <= delay <= LONGEST_RETRY_SECONDS for delay in delays[5:])
    assert len(set(delays)) == 40
