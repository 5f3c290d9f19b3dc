"""What becomes of messages that came back too often."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError
from kombu import Connection

from devices.models import Sensor
from monitoring.ingest import dead_letters
from monitoring.ingest.dead_letters import DeadLetters, settle_dead_letter
from monitoring.ingest.salvage import store_or_quarantine
from monitoring.ingest.store import Stored
from monitoring.ingest.topology import DEAD_QUEUE, READINGS_QUEUE
from monitoring.models import QuarantinedReading, Reading
from monitoring.rules.readings import Readings
from tests.servers import until

pytestmark = pytest.mark.django_db(transaction=True)


def message(*sensors: Sensor) -> bytes:
    return json.dumps([[1773144000, str(sensor.uuid), 1.0] for sensor in sensors]).encode()


@pytest.fixture
def channel(broker_url: str, purged_queue: None) -> Iterator[Any]:
    with Connection(broker_url, transport_options={"confirm_publish": True}) as connection:
        yield connection.channel()


@pytest.fixture
def looked_after(broker_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(dead_letters, "CHECK_EVERY_S", 0.05)
    thread = DeadLetters(broker_url=broker_url)
    thread.start()
    yield
    thread.stop()
    thread.join(10)
    assert not thread.is_alive()


def left_in(channel: Any, name: str) -> int:
    return int(channel.queue_declare(name, passive=True).message_count)


def test_a_message_that_came_back_too_often_is_stored_after_all(
    channel: Any, looked_after: None, meter: Sensor
) -> None:
    channel.basic_publish(
        channel.prepare_message(message(meter), properties={"delivery_mode": 2}),
        exchange="meters",
        routing_key=f"m.{meter.uuid}",
    )
    delivered: list[Any] = []
    while (got := channel.basic_get(READINGS_QUEUE.name)) is not None or not delivered:
        if got is not None:
            delivered.append(got)
            channel.basic_reject(got.delivery_tag, requeue=True)
    assert len(delivered) == 21  # once, and 20 times again
    until(Reading.objects.exists, what="the dead letter is stored")
    until(lambda: left_in(channel, DEAD_QUEUE.name) == 0, what="the queue is empty")
    assert not QuarantinedReading.objects.exists()


def test_a_message_that_has_been_tried_alone_is_quarantined_whole(meter: Sensor) -> None:
    body = message(*[meter] * 200)
    settle_dead_letter(body, is_last_try=True)
    entry = QuarantinedReading.objects.get()
    assert (entry.reason, bytes(entry.raw), entry.raw_size_bytes) == (
        "dead_letter",
        body,
        len(body),
    )
    assert not Reading.objects.exists()


def test_a_message_that_cannot_be_stored_alone_is_quarantined(
    meter: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(readings: Readings, *rest: Any, **options: Any) -> Iterator[Stored]:
        if len(readings):
            raise RuntimeError("out of luck")
        return store_or_quarantine(readings, *rest, **options)

    monkeypatch.setattr(dead_letters, "store_or_quarantine", fail)
    settle_dead_letter(message(meter), is_last_try=False)
    assert QuarantinedReading.objects.get().reason == "dead_letter"


def test_a_database_that_is_away_is_waited_for_with_the_message_in_hand(
    channel: Any, meter: Sensor, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    failures = [OperationalError("the disk is full")] * 25

    def fail_first(*parts: Any, **options: Any) -> Iterator[Stored]:
        if failures:
            raise failures.pop()
        return store_or_quarantine(*parts, **options)

    monkeypatch.setattr(dead_letters, "store_or_quarantine", fail_first)
    channel.basic_publish(
        channel.prepare_message(message(meter), properties={"delivery_mode": 2}),
        exchange="",
        routing_key=DEAD_QUEUE.name,
    )
    request.getfixturevalue("looked_after")
    until(Reading.objects.exists, what="the dead letter is stored")
    until(lambda: left_in(channel, DEAD_QUEUE.name) == 0, what="the queue is empty")
    assert not failures
    # Given back, it would have been tried already, and be in quarantine whole.
    assert not QuarantinedReading.objects.exists()
