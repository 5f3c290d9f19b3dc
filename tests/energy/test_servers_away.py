"""A web server whose PostgreSQL, broker and Redis are away: 503 with a time, never 500."""

from collections.abc import Iterator

import httpx
import pytest

from tests.servers import free_port, web_server

ROMANIAN = {"Accept-Language": "ro-RO,ro;q=0.9,en;q=0.8"}
SESSION = {"Cookie": "sessionid=0123456789abcdefghijklmnopqrstuv"}
TOKEN = {"Authorization": "Token made-up"}
READING = '[1773144000, "5c2494a3-1140-4c7a-991a-a1a2561c6bc2", 1204.117]'


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    away = f"127.0.0.1:{free_port()}"
    with (
        web_server(
            DATABASE_URL=f"postgres://nobody@{away}/none",
            BROKER_URL=f"amqp://{away}",
            REDIS_URL=f"redis://{away}",
        ) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        yield client


def test_alive_whatever_is_away(client: httpx.Client) -> None:
    answer = client.get("/healthz", headers=SESSION)
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_ready_names_what_is_away(client: httpx.Client) -> None:
    answer = client.get("/readyz", headers=SESSION)
    assert answer.status_code == 503
    assert answer.json() == {"database": "down", "broker": "down", "redis": "down"}


@pytest.mark.parametrize("login", [TOKEN, SESSION])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/readings/"),
        ("GET", "/api/v1/devices/"),
        ("GET", "/api/v1/peaks/"),
        ("GET", "/api/v1/export/"),
        ("POST", "/api/v1/readings/import/"),
    ],
)
def test_api_answers_in_json_when_to_come_back(
    client: httpx.Client, method: str, path: str, login: dict[str, str]
) -> None:
    body = READING if method == "POST" else None
    headers = {**login, "Content-Type": "application/json"}
    answer = client.request(method, path, headers=headers, content=body)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert set(answer.json()) == {"detail"}


@pytest.mark.parametrize("path", ["/", "/devices/", "/alerts/", "/admin/", "/nothing-here/"])
def test_pages_say_in_the_browsers_language_that_they_are_back_soon(
    client: httpx.Client, path: str
) -> None:
    answer = client.get(path, headers={**SESSION, **ROMANIAN})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Content-Language"] == "ro"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "<h1>Revenim curând</h1>" in answer.text
    assert "<h1>Back soon</h1>" in client.get(path, headers=SESSION).text


def test_login_is_no_500_either(client: httpx.Client) -> None:
    page = client.get("/accounts/login/")
    assert page.status_code == 200
    form = {"username": "alice@example.com", "password": "wrong"}
    headers = {"X-CSRFToken": client.cookies["csrftoken"]}
    assert client.post("/accounts/login/", data=form, headers=headers).status_code == 503
