"""``POST readings/``: what reaches the broker, and what is refused before."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from devices.models import Sensor
from monitoring.ingest.publisher import Publisher
from monitoring.rules.wire import MAX_MESSAGE_BYTES
from tests.api.conftest import Published
from tests.conftest import make_device, make_sensor

URL = "/api/v1/readings/"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def send(client: APIClient, message: Any, content_type: str = "application/json") -> Any:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return client.generic("POST", URL, body, content_type)  # type: ignore[arg-type]


def item(sensor: Sensor | str, value: Any = 1.5, at: Any = "2026-03-10T12:00:00Z") -> list[Any]:
    return [at, str(sensor.uuid if isinstance(sensor, Sensor) else sensor), value]


def test_message_reaches_the_queue_byte_by_byte(
    api: APIClient, meter: Sensor, published: Published
) -> None:
    body = b' { "timestamp":1773144000000,"sensor_id" : "%b","measurement_value":1.50}\n' % (
        str(meter.uuid).upper().encode()
    )
    answer = send(api, body)
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "rejected": []})
    assert published() == [body]


def test_bad_reading_goes_along_with_its_good_neighbours(
    api: APIClient, meter: Sensor, published: Published
) -> None:
    message = [item(meter), item(meter, "1.5"), item(meter, at="2026-03-10T12:00")]
    answer = send(api, message)
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 1
    assert [bad["reason"] for bad in answer.json()["rejected"]] == ["bad_value", "naive_timestamp"]
    assert all(set(bad) == {"reason", "detail"} for bad in answer.json()["rejected"])
    assert published() == [json.dumps(message).encode()]


@pytest.mark.parametrize(
    ("message", "reasons"),
    [
        (b"", ["not_json"]),
        (b"\xff", ["not_json"]),
        (b"[" * 100_000, ["not_json"]),
        (b"{}", ["bad_shape"]),
        (b"[]", []),
        (b"[[], 7]", ["bad_shape", "bad_shape"]),
        (json.dumps([[]] * 1001).encode(), ["too_many"]),
    ],
)
def test_message_without_a_good_reading_is_refused_with_the_reasons(
    api: APIClient, published: Published, message: bytes, reasons: list[str]
) -> None:
    answer = send(api, message)
    assert answer.status_code == 400
    assert answer.json()["accepted"] == 0
    assert [bad["reason"] for bad in answer.json()["rejected"]] == reasons
    assert published() == []


def test_another_ones_or_an_unknown_sensor_is_not_found_and_nothing_is_sent(
    outsider: APIClient, charlie: User, meter: Sensor, published: Published
) -> None:
    mine = make_sensor(make_device(charlie))
    for other in (item(meter), item(UNKNOWN), item(meter, "not a value")):
        assert send(outsider, other).status_code == 404
        assert send(outsider, [item(mine), other]).status_code == 404
    assert published() == []
    assert send(outsider, [item(mine)]).status_code == 202


def test_administrator_may_send_for_any_sensor(
    administrators_api: APIClient, meter: Sensor, published: Published
) -> None:
    assert send(administrators_api, [item(meter), item(UNKNOWN)]).status_code == 202
    assert len(published()) == 1


def test_largest_message_passes_and_a_larger_one_is_refused(
    api: APIClient, meter: Sensor, published: Published
) -> None:
    largest = json.dumps(item(meter)).encode().ljust(MAX_MESSAGE_BYTES)
    assert send(api, largest).status_code == 202
    assert send(api, largest + b" ").status_code == 413
    assert published() == [largest]


def test_session_may_send_too(as_alice: Any, meter: Sensor, published: Published) -> None:
    assert send(as_alice, item(meter)).status_code == 202
    assert len(published()) == 1


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain"])
def test_only_json_is_taken(
    api: APIClient, as_alice: Any, meter: Sensor, published: Published, content_type: str
) -> None:
    for client in (api, as_alice):
        assert send(client, item(meter), content_type).status_code == 415
    assert published() == []


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_readings_are_only_sent(api: APIClient, method: str) -> None:
    assert getattr(api, method)(URL).status_code == 405


def test_broker_that_is_away_is_told_soon(
    api: APIClient, meter: Sensor, settings: Settings
) -> None:
    settings.BROKER_URL = f"amqp://guest:secret@127.0.0.1:{_free_port()}//"
    began = time.monotonic()
    answer = send(api, item(meter))
    assert time.monotonic() - began < 5
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "secret" not in answer.content.decode()


@pytest.fixture
def silent_broker() -> Iterator[str]:
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"amqp://guest:guest@127.0.0.1:{server.getsockname()[1]}//"


def test_broker_that_hangs_is_told_soon(
    api: APIClient, meter: Sensor, settings: Settings, silent_broker: str
) -> None:
    settings.BROKER_URL = silent_broker
    began = time.monotonic()
    assert send(api, item(meter)).status_code == 503
    assert time.monotonic() - began < 5


def test_many_threads_may_publish_at_once(broker_url: str, published: Published) -> None:
    publisher = Publisher(broker_url)
    bodies = {f"{number}".encode() for number in range(100)}
    waiting = list(bodies)

    def work() -> None:
        for _ in range(5):
            publisher.publish(waiting.pop(), "m.batch")

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    publisher.close()
    assert sorted(published()) == sorted(bodies)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
