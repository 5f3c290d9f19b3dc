"""Power now over the socket: what a page may watch, and that it gets what is new, once."""

from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from devices.models import Sensor
from monitoring.notifications import live_power, sockets
from monitoring.notifications.live_power import BadWatch, get_states, parse_watch
from tests.conftest import Store, make_sensor
from tests.notifications.test_sockets import opened

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_power, "POLL_S", 0.05)


async def watch(socket: WebsocketCommunicator, *sensors: object) -> None:
    await socket.send_json_to({"type": "watch", "sensors": [str(sensor) for sensor in sensors]})


async def test_page_gets_the_newest_reading_of_what_it_watches_and_then_each_new_one(
    as_alice: Client, meter: Sensor, store: Store
) -> None:
    await sync_to_async(store)(meter, (0, 0.0), (60, 3.0))
    async with opened(as_alice) as socket:
        await watch(socket, meter.uuid)
        assert await socket.receive_json_from(timeout=5) == {
            "type": "power",
            "sensor_id": str(meter.uuid),
            "at": "2026-03-10T13:00:00+00:00",
            "power_kw": 3.0,
            "energy_kwh": 3.0,
            "is_active": True,
        }
        assert await socket.receive_nothing(0.3)
        await sync_to_async(store)(meter, (120, 5.0))
        message = await socket.receive_json_from(timeout=5)
        assert (message["power_kw"], message["energy_kwh"]) == (2.0, 5.0)


async def test_sensor_has_no_power_from_its_deactivation_on_until_it_is_active_again(
    as_alice: Client, meter: Sensor, store: Store
) -> None:
    await sync_to_async(store)(meter, (0, 0.0), (60, 6.0))
    async with opened(as_alice) as socket:
        await watch(socket, meter.uuid)
        told = []
        for is_active in (True, False, True):
            meter.is_active = is_active
            await meter.asave()
            message = await socket.receive_json_from(timeout=5)
            told.append((message["is_active"], message["power_kw"]))
        assert told == [(True, 6.0), (False, None), (True, 6.0)]
        assert await socket.receive_nothing(0.3)


async def test_page_that_watches_nothing_gets_nothing(
    as_alice: Client, meter: Sensor, store: Store
) -> None:
    await sync_to_async(store)(meter, (0, 0.0), (60, 3.0))
    async with opened(as_alice) as socket:
        assert await socket.receive_nothing(0.3)


async def test_outsider_gets_nothing(as_charlie: Client, meter: Sensor, store: Store) -> None:
    await sync_to_async(store)(meter, (0, 0.0), (60, 3.0))
    async with opened(as_charlie) as socket:
        await watch(socket, meter.uuid, uuid4())
        assert await socket.receive_nothing(0.3)


async def test_sensor_that_was_taken_away_is_watched_no_more(
    as_alice: Client,
    charlie: Any,
    meter: Sensor,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sockets, "LOGIN_CHECK_S", 0.1)
    await sync_to_async(store)(meter, (0, 0.0), (60, 3.0))
    async with opened(as_alice) as socket:
        await watch(socket, meter.uuid)
        await socket.receive_json_from(timeout=5)
        meter.device.owner = charlie
        await meter.device.asave()
        assert await socket.receive_nothing(0.5)
        await sync_to_async(store)(meter, (120, 5.0))
        assert await socket.receive_nothing(0.5)


async def test_a_second_watch_replaces_the_first(
    as_alice: Client, meter: Sensor, store: Store
) -> None:
    other = await sync_to_async(make_sensor)(meter.device, "Heat pump")
    await sync_to_async(store)(other, (0, 0.0), (60, 3.0))
    async with opened(as_alice) as socket:
        await watch(socket, meter.uuid)
        await watch(socket, other.uuid)
        assert (await socket.receive_json_from(timeout=5))["sensor_id"] == str(other.uuid)
        await sync_to_async(store)(meter, (0, 0.0), (60, 3.0))
        assert await socket.receive_nothing(0.3)


async def test_last_page_that_closes_ends_the_queries(as_alice: Client, meter: Sensor) -> None:
    async with opened(as_alice) as socket:
        await watch(socket, meter.uuid)
        assert await socket.receive_nothing(0.2)
        assert len(live_power.live_power) == 1
    assert len(live_power.live_power) == 0


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"sensors": None},
        {"sensors": "5c2494a3-1140-4c7a-991a-a1a2561c6bc2"},
        {"sensors": [1]},
        {"sensors": ["x"]},
        {"sensors": [None]},
        {"sensors": ["5c2494a3-1140-4c7a-991a-a1a2561c6bc2"] * (live_power.MOST_SENSORS + 1)},
        [],
    ],
)
def test_nonsense_is_no_watch(message: Any) -> None:
    with pytest.raises(BadWatch):
        parse_watch(message)


async def test_bad_watch_is_ignored_and_the_page_goes_on(
    as_alice: Client, meter: Sensor, store: Store
) -> None:
    await sync_to_async(store)(meter, (0, 0.0), (60, 3.0))
    async with opened(as_alice) as socket:
        await watch(socket, *[uuid4() for _ in range(live_power.MOST_SENSORS + 1)])
        await socket.send_json_to({"type": "watch", "sensors": "all"})
        assert await socket.receive_nothing(0.2)
        await watch(socket, meter.uuid)
        assert (await socket.receive_json_from(timeout=5))["sensor_id"] == str(meter.uuid)


async def test_what_else_a_page_says_is_ignored(as_alice: Client) -> None:
    async with opened(as_alice) as socket:
        await socket.send_json_to({"type": "hello"})
        await socket.send_json_to(["hello"])
        assert await socket.receive_nothing(0.2)


def test_all_sensors_take_one_query(meter: Sensor, store: Store) -> None:
    store(meter, (0, 0.0), (60, 3.0))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert set(get_states(sensor_ids=[meter.pk, 10**9])) == {meter.pk}
    assert len(queries) == 1
