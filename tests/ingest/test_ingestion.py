"""From the real broker into the real database, with everything between."""

import json
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from kombu import Connection

from devices.models import Sensor
from monitoring.ingest.buffer import Buffer
from monitoring.ingest.precedence import Precedence
from monitoring.ingest.service import Ingestion
from monitoring.ingest.topology import DEAD_QUEUE, READINGS_QUEUE
from monitoring.models import QuarantinedReading, Reading
from tests.servers import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def channel(broker_url: str, purged_queue: None) -> Iterator[Any]:
    with Connection(broker_url, transport_options={"confirm_publish": True}) as connection:
        yield connection.channel()


@pytest.fixture
def ingestion() -> Iterator[Ingestion]:
    ingestion = Ingestion()
    ingestion.start()
    yield ingestion
    ingestion.stop()


def publish(channel: Any, body: bytes, **properties: Any) -> None:
    message = channel.prepare_message(body, properties={"delivery_mode": 2}, **properties)
    channel.basic_publish(message, exchange="meters", routing_key="m.batch")


def wire(sensor: Sensor, minute: int, energy_kwh: object) -> dict[str, object]:
    at = datetime(2026, 3, 10, 12, minute, tzinfo=UTC)
    return {
        "timestamp": at.isoformat(),
        "sensor_id": str(sensor.uuid),
        "measurement_value": energy_kwh,
    }


def left_in(channel: Any, name: str) -> int:
    return int(channel.queue_declare(name, passive=True).message_count)


def test_bad_messages_are_quarantined_and_good_neighbours_stored(
    channel: Any, ingestion: Ingestion, meter: Sensor
) -> None:
    good = json.dumps(wire(meter, 0, 1.0)).encode()
    publish(channel, b"{")
    publish(channel, zlib.compress(good * 1000), headers={"compression": "application/x-gzip"})
    publish(channel, b"\xff\x00", content_encoding="utf-8")
    publish(channel, b"[" * 200_000)
    publish(channel, b" " * 10_000_000)
    publish(channel, json.dumps([wire(meter, 1, "1"), wire(meter, 2, 1.1)]).encode())
    publish(channel, good, content_encoding="utf-16")
    until(lambda: Reading.objects.count() == 2, what="the good ones are stored")
    until(lambda: QuarantinedReading.objects.count() == 6, what="the bad ones are quarantined")
    reasons = QuarantinedReading.objects.order_by("reason").values_list("reason", flat=True)
    assert list(reasons) == ["bad_value", *["not_json"] * 4, "too_large"]
    compressed = QuarantinedReading.objects.get(raw_size_bytes=len(zlib.compress(good * 1000)))
    assert bytes(compressed.raw) == zlib.compress(good * 1000)[:4096]


def test_receiver_and_writer_take_turns_and_know_how_long_messages_waited(
    channel: Any, meter: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    waited_s: list[float] = []
    wait, give_up, add = Precedence.wait, Precedence.give_up, Buffer.add

    def note_wait(self: Precedence) -> None:
        happened.append("wait")
        wait(self)

    def note_giving_up(self: Precedence) -> None:
        happened.append("give up")
        give_up(self)

    def note_waiting(self: Buffer, *arguments: Any, **named: Any) -> None:
        waited_s.append(named["waited_s"])
        add(self, *arguments, **named)

    monkeypatch.setattr(Precedence, "wait", note_wait)
    monkeypatch.setattr(Precedence, "give_up", note_giving_up)
    monkeypatch.setattr(Buffer, "add", note_waiting)
    body = json.dumps(wire(meter, 0, 1.0)).encode()
    published_s = int(time.time()) - 100
    message = channel.prepare_message(body, properties={"timestamp": published_s})
    ingestion = Ingestion()
    ingestion.start()
    channel.basic_publish(message, exchange="meters", routing_key="m.batch")
    until(Reading.objects.exists, what="the reading is stored")
    ingestion.stop()
    assert happened == ["wait", "give up"]
    assert 100 <= waited_s[0] < 200


def test_stop_stores_and_acknowledges_what_was_received(channel: Any, meter: Sensor) -> None:
    ingestion = Ingestion()
    ingestion.start()
    for minute in range(50):
        publish(channel, json.dumps(wire(meter, minute, minute / 100)).encode())
    until(Reading.objects.exists, what="the first reading is stored")
    ingestion.stop()
    assert Reading.objects.count() + left_in(channel, READINGS_QUEUE.name) == 50
    assert left_in(channel, DEAD_QUEUE.name) == 0


def test_two_workers_share_a_queue(channel: Any, ingestion: Ingestion, meter: Sensor) -> None:
    second = Ingestion()
    second.start()
    try:
        for minute in range(60):
            for _ in range(2):
                publish(channel, json.dumps(wire(meter, minute, minute / 100)).encode())
        until(lambda: Reading.objects.count() == 60, what="all are stored")
    finally:
        second.stop()
    assert not QuarantinedReading.objects.exists()
