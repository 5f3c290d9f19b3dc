"""Requests on a few threads that are kept, so that each finds a database connection kept too.

Django gives each request under ASGI a thread of its own, and connections belong to threads: to
connect, and to learn the partitions of the readings anew, would take longer than most answers; and
a thousand requests at once would take a thousand threads and every connection that PostgreSQL has.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, NamedTuple

from asgiref.sync import ThreadSensitiveContext
from django.conf import settings
from django.db import connections

from accounts.hashers import HASHES_AT_ONCE
from energy.fair_queue import Busy, FairQueue
from energy.lanes import Lane, asker_of, choose_lane
from energy.refusals import BUSY
from energy.sending import send_refusal
from monitoring.metrics import request_refused

#: A connection is opened anew after ten minutes, or if the server has closed it meanwhile.
KEPT = {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}


class Room(NamedTuple):
    """The threads of a lane, and how many requests may wait for one of them, for how long."""

    threads: int
    most_waiting: int
    wait_s: float


def get_rooms() -> dict[Lane, Room]:
    """For a web server. A login takes all processors for a tenth of a second: few wait for one."""
    return {
        Lane.PAGES: Room(settings.WEB_THREADS, most_waiting=500, wait_s=15),
        # While one hashes, the next one asks the database.
        Lane.LOGINS: Room(HASHES_AT_ONCE + 1, most_waiting=100, wait_s=15),
        Lane.TRANSFERS: Room(max(1, settings.WEB_THREADS // 2), most_waiting=50, wait_s=15),
    }


class OnKeptThreads:
    """Runs each request of an ASGI application on one thread of its lane, the one used last.

    When all are busy it waits its turn; 503 tells those that would wait for too long. A thread is
    free again when an aborted request, too, has ended on it.
    """

    def __init__(
        self,
        application: Any,
        *,
        rooms: Mapping[Lane, Room] | None = None,
        choose: Callable[[Any], Lane] = choose_lane,
    ) -> None:
        self._application = application
        self._choose = choose
        self._lanes = {lane: _make_lane(room) for lane, room in (rooms or get_rooms()).items()}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        name = self._choose(scope)
        lane = self._lanes[name]
        try:
            thread = await lane.borrow(asker_of(scope))
        except Busy:
            request_refused(name.value)
            return await send_refusal(scope, send, BUSY)
        try:
            async with ThreadSensitiveContext(executor=thread):
                return await self._application(scope, receive, send)
        finally:
            _give_back_when_idle(lane, thread)


def _make_lane(room: Room) -> FairQueue[ThreadPoolExecutor]:
    threads = [ThreadPoolExecutor(1, initializer=_keep_connections) for _ in range(room.threads)]
    return FairQueue(threads, most_waiting=room.most_waiting, wait_s=room.wait_s)


def _keep_connections() -> None:
    """For this thread alone: elsewhere under ASGI, a kept connection would never be used again."""
    for connection in connections.all():
        connection.settings_dict = {**connection.settings_dict, **KEPT}


def _give_back_when_idle(lane: FairQueue[ThreadPoolExecutor], thread: ThreadPoolExecutor) -> None:
    loop = asyncio.get_running_loop()

    def give_back(_: "Future[None]") -> None:
        with suppress(RuntimeError):  # the server has ended meanwhile
            loop.call_soon_threadsafe(lane.give_back, thread)

    thread.submit(_nothing).add_done_callback(give_back)


def _nothing() -> None:
    """The last thing that a thread does for a request."""
