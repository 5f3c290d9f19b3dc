"""What is counted of the sockets: those that are open, however they end, and what they sent."""

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.test import Client
from prometheus_client import REGISTRY

from accounts.models import User
from devices.models import Sensor
from monitoring.notifications import sockets
from monitoring.notifications.hints import group_of
from tests.conftest import Store
from tests.notifications.test_sockets import communicator, opened, receive_seqs

pytestmark = pytest.mark.django_db(transaction=True)


def sockets_open() -> float:
    return REGISTRY.get_sample_value("energy_sockets_open") or 0


def notifications_sent() -> float:
    return REGISTRY.get_sample_value("energy_notifications_sent_total") or 0


def socket_tasks() -> list[asyncio.Task[Any]]:
    """What runs in this test's loop beside the sockets."""
    return [task for task in asyncio.all_tasks() if "_for_ever" in repr(task.get_coro())]


async def until_open(count: float) -> None:
    async with asyncio.timeout(5):
        while sockets_open() != count:
            await asyncio.sleep(0.01)


async def until_closed(before: float) -> None:
    """No socket of this test is counted any more, and none has left a task."""
    await until_open(before)
    async with asyncio.timeout(5):
        while socket_tasks():
            await asyncio.sleep(0.01)


async def test_open_sockets_are_counted_up_and_down(as_alice: Client, as_charlie: Client) -> None:
    before = sockets_open()
    async with opened(as_alice):
        assert sockets_open() == before + 1
        async with opened(as_alice), opened(as_charlie):
            assert sockets_open() == before + 3
        await until_open(before + 1)
    await until_closed(before)


async def test_refused_socket_does_not_count() -> None:
    before = sockets_open()
    accepted, _ = await communicator(None).connect()
    assert not accepted
    assert sockets_open() == before


async def test_socket_that_the_server_closes_does_not_stay_counted(as_alice: Client) -> None:
    before = sockets_open()
    async with opened(as_alice, "?after=x") as socket:
        message = await socket.receive_output(timeout=5)
        assert message["code"] == sockets.BAD_REQUEST
    await until_closed(before)


async def test_socket_that_ends_with_an_error_leaves_nothing_behind(as_alice: Client) -> None:
    before = sockets_open()
    socket = communicator(as_alice, "?after=0")
    accepted, _ = await socket.connect(timeout=5)
    assert accepted
    await socket.send_to(text_data="not JSON")
    with pytest.raises(ValueError, match="Expecting value"):
        await socket.wait()
    await until_closed(before)


async def test_socket_whose_inbox_cannot_be_read_does_not_stay_counted(
    as_alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(self: sockets.NotificationSocket) -> None:
        raise ConnectionError("The database is away.")

    monkeypatch.setattr(sockets.NotificationSocket, "_send_missed", away)
    before = sockets_open()
    socket = communicator(as_alice)
    accepted, _ = await socket.connect(timeout=5)
    assert accepted
    with pytest.raises(ConnectionError):
        await socket.wait()
    await until_closed(before)


async def test_each_notification_counts_once_for_each_page_that_it_is_sent_to(
    as_alice: Client, alice: User, meter: Sensor, store: Store
) -> None:
    await sync_to_async(store)(meter, (0, 0.0), (60, 5.0), (120, 5.0), (180, 10.0))
    before = notifications_sent()
    async with opened(as_alice, "?after=0") as first:
        assert await receive_seqs(first, 2) == [1, 2]
        assert notifications_sent() == before + 2
        async with opened(as_alice, "?after=1") as second:
            assert await receive_seqs(second, 1) == [2]
        layer = get_channel_layer()
        assert layer is not None
        await layer.group_send(group_of(alice.pk), {"type": "inbox.changed"})
        assert await first.receive_nothing(0.2)
    assert notifications_sent() == before + 3
