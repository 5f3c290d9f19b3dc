"""``/healthz`` and ``/readyz``, against the real servers."""

from typing import Any

import pytest
from django.test import Client

from tests.servers import free_port


def test_alive(client: Client) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.post("/healthz").status_code == 405


@pytest.mark.django_db
def test_ready_names_each_dependency(client: Client) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (
        200,
        {"database": "up", "broker": "up", "redis": "up"},
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("setting", "scheme", "name"),
    [("BROKER_URL", "amqp", "broker"), ("REDIS_URL", "redis", "redis")],
)
def test_what_is_down_is_named_with_503(
    client: Client, settings: Any, setting: str, scheme: str, name: str
) -> None:
    setattr(settings, setting, f"{scheme}://127.0.0.1:{free_port()}")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert [key for key, state in response.json().items() if state == "down"] == [name]
