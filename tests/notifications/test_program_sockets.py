"""The notification socket of a program: opened by its token, and by nothing less."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from accounts.api_tokens import create_api_token
from accounts.models import ApiToken, User
from devices.models import Sensor
from energy.asgi import application
from monitoring.api.notifications_docs import DESCRIPTION
from monitoring.notifications import sockets
from tests.conftest import Store
from tests.notifications.test_sockets import receive_seqs

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def key(alice: User) -> str:
    """The key of alice's token."""
    return create_api_token(user=alice, name="test")[1]


def program(authorization: str, query: str = "", **headers: str) -> WebsocketCommunicator:
    """A program as it shakes hands: without an ``Origin``, unless it is given."""
    sent = {"host": "testserver", "authorization": authorization, **headers}
    pairs = [(name.encode(), value.encode()) for name, value in sent.items()]
    return WebsocketCommunicator(application, f"/ws/notifications/{query}", pairs)


@asynccontextmanager
async def opened(socket: WebsocketCommunicator) -> AsyncIterator[WebsocketCommunicator]:
    accepted, _ = await socket.connect(timeout=5)
    assert accepted
    try:
        yield socket
    finally:
        await socket.disconnect()


async def test_token_gives_its_users_notifications(
    key: str, charlie: User, meter: Sensor, store: Store
) -> None:
    await sync_to_async(store)(meter, (0, 0.0), (60, 5.0), (120, 5.0), (180, 10.0))
    async with opened(program(f"Token {key}", "?after=1")) as socket:
        assert await receive_seqs(socket, 1) == [2]
    _, others = await sync_to_async(create_api_token)(user=charlie, name="test")
    async with opened(program(f"Token {others}", "?after=0")) as socket:
        assert await socket.receive_nothing(0.2)


async def test_token_lets_a_program_follow_power(key: str, meter: Sensor, store: Store) -> None:
    await sync_to_async(store)(meter, (0, 0.0), (60, 2.0))
    async with opened(program(f"Token {key}")) as socket:
        await socket.send_json_to({"type": "watch", "sensors": [str(meter.uuid)]})
        message = await socket.receive_json_from(timeout=5)
    assert (message["type"], message["power_kw"]) == ("power", 2.0)


@pytest.mark.parametrize(
    "header", ["Token nonsense", "Token", "Token {key} more", "Bearer {key}", "{key}", ""]
)
async def test_header_that_is_not_good_is_refused(key: str, header: str) -> None:
    accepted, _ = await program(header.format(key=key)).connect(timeout=5)
    assert not accepted


async def test_bad_header_is_not_made_up_for_by_a_cookie(as_alice: Client) -> None:
    cookie = as_alice.cookies[settings.SESSION_COOKIE_NAME].value
    headers = {"cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"}
    accepted, _ = await program("Token nonsense", **headers).connect(timeout=5)
    assert not accepted


async def test_page_of_a_foreign_origin_is_refused_even_with_the_token(key: str) -> None:
    accepted, _ = await program(f"Token {key}", origin="http://evil.example").connect(timeout=5)
    assert not accepted


async def test_key_in_the_address_opens_nothing(key: str) -> None:
    for name in ("token", "ticket", "authorization"):
        socket = WebsocketCommunicator(
            application, f"/ws/notifications/?{name}={key}", [(b"host", b"testserver")]
        )
        accepted, _ = await socket.connect(timeout=5)
        assert not accepted


async def test_use_is_written_down(key: str) -> None:
    async with opened(program(f"Token {key}")):
        assert (await ApiToken.objects.aget()).last_used_at is not None


@pytest.mark.parametrize("how", ["revoked", "inactive"])
async def test_token_that_ends_closes_the_socket(
    key: str, alice: User, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "LOGIN_CHECK_S", 0.1)
    async with opened(program(f"Token {key}")) as socket:
        assert await socket.receive_nothing(0.3)
        if how == "revoked":
            await ApiToken.objects.filter(user=alice).adelete()
        else:
            await User.objects.filter(pk=alice.pk).aupdate(is_active=False)
        message = await socket.receive_output(timeout=5)
        assert (message["type"], message["code"]) == ("websocket.close", sockets.LOGGED_OUT)


async def test_other_tokens_and_logouts_do_not_close_it(
    key: str, as_alice: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "LOGIN_CHECK_S", 0.1)
    other, _ = await sync_to_async(create_api_token)(user=alice, name="other")
    async with opened(program(f"Token {key}")) as socket:
        await sync_to_async(as_alice.logout)()
        await other.adelete()
        assert await socket.receive_nothing(0.4)


def documented() -> dict[str, dict[str, Any]]:
    """The messages that the API's documentation shows, by their types."""
    texts = re.findall(r"^    \{.+?\}$", DESCRIPTION, re.MULTILINE | re.DOTALL)
    return {message["type"]: message for message in map(json.loads, texts)}


async def test_messages_are_as_the_documentation_shows_them(
    key: str, meter: Sensor, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "ALIVE_S", 0.2)
    await sync_to_async(store)(meter, (0, 0.0), (60, 5.0))
    shown = documented()
    received: dict[str, dict[str, Any]] = {}
    async with opened(program(f"Token {key}", "?after=0")) as socket:
        await socket.send_json_to({**shown.pop("watch"), "sensors": [str(meter.uuid)]})
        while received.keys() != shown.keys():
            message = await socket.receive_json_from(timeout=5)
            received[message["type"]] = message
    for kind, message in shown.items():
        assert {name: type(value) for name, value in message.items()} == {
            name: type(value) for name, value in received[kind].items()
        }
