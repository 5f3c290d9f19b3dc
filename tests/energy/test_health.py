"""``/healthz`` and ``/readyz``, against the real servers."""

from typing import Any

import httpx
import pytest

from energy.asgi import application
from tests.servers import free_port

site: Any = application  # httpx types applications for HTTP alone


async def ask(path: str, *, method: str = "GET", **headers: str) -> httpx.Response:
    """Under a name that the site does not know, as a container's probe asks."""
    transport = httpx.ASGITransport(app=site)
    async with httpx.AsyncClient(transport=transport, base_url="http://10.1.2.3") as client:
        return await client.request(method, path, headers=headers)


async def test_alive() -> None:
    assert (await ask("/healthz")).status_code == 200
    assert (await ask("/healthz", method="HEAD")).content == b""
    assert (await ask("/healthz", method="POST")).status_code == 405


async def test_ready_names_each_dependency(transactional_db: None) -> None:
    response = await ask("/readyz")
    assert (response.status_code, response.json()) == (
        200,
        {"database": "up", "broker": "up", "redis": "up"},
    )


@pytest.mark.parametrize(
    ("setting", "scheme", "name"),
    [("BROKER_URL", "amqp", "broker"), ("REDIS_URL", "redis", "redis")],
)
async def test_what_is_down_is_named_with_503(
    transactional_db: None, settings: Any, setting: str, scheme: str, name: str
) -> None:
    setattr(settings, setting, f"{scheme}://127.0.0.1:{free_port()}")
    response = await ask("/readyz")
    assert response.status_code == 503
    assert [key for key, state in response.json().items() if state == "down"] == [name]


async def test_neither_a_session_nor_plain_http_matters(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    response = await ask("/healthz", cookie="sessionid=made-up")
    assert (response.status_code, response.content) == (200, b"ok\n")
