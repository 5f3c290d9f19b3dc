"""The notification socket: who may open it, what it sends, and that nothing is lost or repeated."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from accounts.models import User
from devices.models import Sensor
from energy.asgi import application
from monitoring.models import AlertGroup, Notification
from monitoring.notifications import sockets
from monitoring.notifications.hints import group_of
from monitoring.notifications.socket_login import Login
from tests.conftest import NOON, PASSWORD, Store, make_device, make_sensor

pytestmark = pytest.mark.django_db(transaction=True)

ORIGIN = "http://testserver"


def communicator(
    client: Client | None, query: str = "", origin: str | None = ORIGIN
) -> WebsocketCommunicator:
    headers = [(b"host", b"testserver")]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    if client is not None:
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode()))
    return WebsocketCommunicator(application, f"/ws/notifications/{query}", headers)


@asynccontextmanager
async def opened(client: Client, query: str = "") -> AsyncIterator[WebsocketCommunicator]:
    socket = communicator(client, query)
    accepted, _ = await socket.connect(timeout=5)
    assert accepted
    try:
        yield socket
    finally:
        await socket.disconnect()


Open = Callable[..., AbstractAsyncContextManager[WebsocketCommunicator]]


@pytest.fixture
def three_peaks(meter: Sensor, store: Store) -> None:
    store(meter, (0, 0.0), (60, 5.0), (120, 5.0), (180, 10.0), (240, 10.0), (300, 15.0))


async def receive_seqs(socket: WebsocketCommunicator, count: int) -> list[int]:
    return [(await socket.receive_json_from(timeout=5))["seq"] for _ in range(count)]


async def test_anonymous_is_refused() -> None:
    accepted, _ = await communicator(None).connect()
    assert not accepted


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "http://testserver:8080", "http://testserver.evil.example", "null"],
)
async def test_foreign_origin_is_refused(as_alice: Client, origin: str) -> None:
    accepted, _ = await communicator(as_alice, origin=origin).connect()
    assert not accepted


async def test_plain_http_origin_is_refused_where_the_site_insists_on_https(
    as_alice: Client, settings: Any
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    accepted, _ = await communicator(as_alice, origin="http://testserver").connect()
    assert not accepted
    accepted, _ = await (socket := communicator(as_alice, origin="https://testserver")).connect()
    assert accepted
    await socket.disconnect()


async def test_trusted_origin_is_accepted(as_alice: Client, settings: Any) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://energy.example.org"]
    socket = communicator(as_alice, origin="https://energy.example.org")
    accepted, _ = await socket.connect()
    assert accepted
    await socket.disconnect()


async def test_peak_message_holds_what_the_contract_says(
    as_alice: Client, meter: Sensor, three_peaks: None
) -> None:
    async with opened(as_alice, "?after=2") as socket:
        message = await socket.receive_json_from(timeout=5)
    group = await AlertGroup.objects.aget()
    assert message == {
        "type": "peak",
        "seq": 3,
        "sensor_id": str(meter.uuid),
        "sensor": "Main meter",
        "device": "Flat",
        "device_id": meter.device_id,
        "started_at": "2026-03-10T16:00:00+00:00",
        "ended_at": "2026-03-10T17:00:00+00:00",
        "power_kw": 5.0,
        "limit_kw": 4.0,
        "severity": "serious",
        "group": {
            "id": group.pk,
            "url": f"/alerts/groups/{group.pk}/",
            "is_older": False,
            "peak_count": 3,
            "started_at": "2026-03-10T12:00:00+00:00",
            "ended_at": "2026-03-10T17:00:00+00:00",
            "power_kw": 5.0,
            "limit_kw": 4.0,
            "severity": "serious",
        },
        "is_read": False,
        "unread_count": 3,
    }


async def test_what_was_read_elsewhere_says_so(
    as_alice: Client, alice: User, three_peaks: None
) -> None:
    await Notification.objects.filter(user=alice, seq__lte=2).aupdate(read_at=NOON)
    async with opened(as_alice, "?after=0") as socket:
        messages = [await socket.receive_json_from(timeout=5) for _ in range(3)]
    assert [message["is_read"] for message in messages] == [True, True, False]
    assert {message["unread_count"] for message in messages} == {1}


async def test_page_of_the_cookies_user_is_served(
    as_alice: Client, alice: User, three_peaks: None
) -> None:
    async with opened(as_alice, f"?after=2&user={alice.pk}") as socket:
        assert await receive_seqs(socket, 1) == [3]


async def test_page_of_another_user_than_the_cookies_is_closed(
    as_charlie: Client, alice: User, charlie: User, store: Store
) -> None:
    house = await sync_to_async(make_device)(charlie, "House")
    sensor = await sync_to_async(make_sensor)(house, "Wall box")
    await sync_to_async(store)(sensor, (0, 0.0), (60, 5.0))
    async with opened(as_charlie, f"?after=0&user={alice.pk}") as socket:
        assert await socket.receive_json_from(timeout=5) == {"type": "other-user"}
        message = await socket.receive_output(timeout=5)
        assert (message["type"], message["code"]) == ("websocket.close", sockets.LOGGED_OUT)


async def test_quiet_connection_says_that_it_is_alive(
    as_alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "ALIVE_S", 0.1)
    async with opened(as_alice) as socket:
        for _ in range(2):
            assert await socket.receive_json_from(timeout=5) == {"type": "alive"}


async def test_after_gives_what_was_missed_in_order(as_alice: Client, three_peaks: None) -> None:
    async with opened(as_alice, "?after=0") as socket:
        assert await receive_seqs(socket, 3) == [1, 2, 3]
        assert await socket.receive_nothing(0.2)


async def test_without_after_only_new_ones_are_sent(as_alice: Client, three_peaks: None) -> None:
    async with opened(as_alice) as socket:
        assert await socket.receive_nothing(0.2)


@pytest.mark.parametrize("name", ["after", "user"])
@pytest.mark.parametrize("number", ["x", "-1", "1e3", "9223372036854775808"])
async def test_bad_number_closes_with_a_code(as_alice: Client, name: str, number: str) -> None:
    async with opened(as_alice, f"?{name}={number}") as socket:
        message = await socket.receive_output(timeout=5)
        assert (message["type"], message["code"]) == ("websocket.close", sockets.BAD_REQUEST)


async def test_hint_brings_the_new_one_at_once_and_only_once(
    as_alice: Client, alice: User, meter: Sensor, store: Store
) -> None:
    layer = get_channel_layer()
    assert layer is not None
    async with opened(as_alice, "?after=0") as socket:
        await sync_to_async(store)(meter, (0, 0.0), (60, 5.0))
        for _ in range(3):
            await layer.group_send(group_of(alice.pk), {"type": "inbox.changed"})
        assert await receive_seqs(socket, 1) == [1]
        assert await socket.receive_nothing(0.3)


async def test_poll_finds_what_no_hint_told(
    as_alice: Client, meter: Sensor, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "POLL_S", 0.2)
    async with opened(as_alice, "?after=0") as socket:
        await sync_to_async(store)(meter, (0, 0.0), (60, 5.0))
        assert await receive_seqs(socket, 1) == [1]


async def test_redis_away_does_not_close_the_page(
    as_alice: Client, meter: Sensor, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away:
        def __getattr__(self, name: str) -> Any:
            raise ConnectionError("Redis is away.")

    monkeypatch.setattr(sockets, "POLL_S", 0.2)
    monkeypatch.setattr(sockets, "get_channel_layer", Away)
    async with opened(as_alice, "?after=0") as socket:
        await sync_to_async(store)(meter, (0, 0.0), (60, 5.0))
        assert await receive_seqs(socket, 1) == [1]


async def test_outsider_is_told_nothing(
    as_charlie: Client, charlie: User, three_peaks: None, store: Store
) -> None:
    async with opened(as_charlie, "?after=0") as socket:
        assert await socket.receive_nothing(0.3)
        house = await sync_to_async(make_device)(charlie, "House")
        sensor = await sync_to_async(make_sensor)(house, "Wall box")
        await sync_to_async(store)(sensor, (0, 0.0), (60, 5.0))
        layer = get_channel_layer()
        assert layer is not None
        await layer.group_send(group_of(charlie.pk), {"type": "inbox.changed"})
        message = await socket.receive_json_from(timeout=5)
        assert (message["seq"], message["sensor"]) == (1, "Wall box")


@pytest.mark.parametrize("how", ["log out", "password", "inactive"])
async def test_ended_session_closes_the_socket(
    as_alice: Client, alice: User, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "LOGIN_CHECK_S", 0.1)
    async with opened(as_alice) as socket:
        assert await socket.receive_nothing(0.3)
        if how == "log out":
            await sync_to_async(as_alice.logout)()
        elif how == "password":
            alice.set_password(PASSWORD + "!")
            await alice.asave()
        else:
            await User.objects.filter(pk=alice.pk).aupdate(is_active=False)
        async with asyncio.timeout(5):
            message = await socket.receive_output(timeout=5)
        assert (message["type"], message["code"]) == ("websocket.close", sockets.LOGGED_OUT)


async def test_look_at_the_session_that_failed_is_made_up_for_at_once(
    as_alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = [ConnectionError("The database is away.")]

    async def look(login: Login) -> bool:
        if errors:
            raise errors.pop()
        return False

    monkeypatch.setattr(sockets, "still_holds", look)
    monkeypatch.setattr(sockets, "RETRY_S", 0.1)
    monkeypatch.setattr(sockets, "LOGIN_CHECK_S", 60)
    async with opened(as_alice) as socket:
        message = await socket.receive_output(timeout=5)
        assert (message["type"], message["code"]) == ("websocket.close", sockets.LOGGED_OUT)
