"""The WebSocket of an open page, or of a program: the user's notifications after ``?after=<seq>``.

They come in order. A page says whose it is, with ``&user=<key>``, for the cookie may be another
user's by now. Every 15 s it gets ``{"type": "alive"}``, so that it notices a dead connection.

The rows are the truth; the channel layer only hints that there are new ones. It may drop a hint
(over capacity), forget a socket (open for longer than its group's expiry, or Redis was flushed) or
be away: so each socket joins its group again every minute, looks at its inbox every 15 s, and
lives on without Redis.

A page may also ask for the power of sensors, with ``{"type": "watch", "sensors": [uuid, …]}``; each
such message replaces the one before it.

Where peaks join a group of the inbox without a notification, the page gets
``{"type": "grown", "change": …, "group": {…}}``; ``&grown=<change>`` says which one it knows.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.layers import BaseChannelLayer, get_channel_layer

from monitoring import metrics
from monitoring.notifications.hints import group_of
from monitoring.notifications.kept_connection import query
from monitoring.notifications.live_power import (
    BadWatch,
    Watch,
    get_watchable,
    live_power,
    parse_watch,
)
from monitoring.notifications.missed import missed_messages
from monitoring.notifications.outbox import CHUNK, get_last_change, get_last_seq
from monitoring.notifications.socket_login import Login, get_login, still_holds

logger = logging.getLogger(__name__)

POLL_S = 15.0
ALIVE_S = 15.0
REJOIN_S = 60.0
LOGIN_CHECK_S = 45.0
RETRY_S = 2.0

BAD_REQUEST = 4400
LOGGED_OUT = 4401


class NotificationSocket(AsyncJsonWebsocketConsumer):
    """One open page of one logged-in user, or one of their programs."""

    # Channels' own listener ends the socket when Redis is away; this class listens by itself.
    channel_layer_alias = "none"

    login: Login
    sent_seq: int
    sent_change: int
    _is_open = False
    _watch: Watch | None = None
    _watched_uuids: Sequence[UUID] = ()

    async def __call__(self, *connection: Any) -> None:
        """Lives as long as the socket.

        ``disconnect`` would be too late a place to clean up: it is not called when the socket ends
        with an error, such as a message that is not JSON.
        """
        try:
            await super().__call__(*connection)
        finally:
            self._end()

    async def connect(self) -> None:
        """Accepts a logged-in user and sends what was missed."""
        self._sending = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        login = await get_login(self.scope)
        if login is None:
            await self.close(LOGGED_OUT)  # before accepting: the handshake is refused with 403
            return
        self.login = login
        await self.accept()
        self._is_open = True
        metrics.socket_opened()
        try:
            after = _parse(self.scope["query_string"], "after")
            grown = _parse(self.scope["query_string"], "grown")
            page_user_id = _parse(self.scope["query_string"], "user")
        except ValueError:
            await self.close(BAD_REQUEST)
            return
        if page_user_id not in (None, self.login.user_id):
            # Daphne passes on no reason of a close: the page would find a session, and come again.
            await self.send_json({"type": "other-user"})
            await self.close(LOGGED_OUT)
            return
        self.sent_seq = await self._last_seq() if after is None else after
        self.sent_change = await self._last_change() if grown is None else grown
        await self._send_missed()
        self._tasks = [
            asyncio.create_task(self._for_ever(job))
            for job in (self._listen, self._poll, self._say_alive, self._watch_login)
        ]

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        """Follows a ``watch``; what else a browser says is nothing to us.

        Nor is a bad ``watch``: a page that asks for too much still gets its peaks.
        """
        if not self._is_open or not isinstance(content, dict) or content.get("type") != "watch":
            return
        try:
            self._watched_uuids = parse_watch(content)
        except BadWatch as error:
            logger.info("A page's watch is ignored: %s", error)
            return
        await self._watch_sensors()

    async def _watch_sensors(self) -> None:
        """Watches those of the page's sensors that its user may see now."""
        uuids = self._watched_uuids
        sensors = await query(get_watchable, user_id=self.login.user_id, uuids=uuids)
        if not self._is_open or uuids is not self._watched_uuids:
            return
        sent = self._watch.sent if self._watch else {}
        self._stop_watching()
        self._watch = Watch(sensors, self.send_json, sent)
        live_power.add(self._watch)

    def _stop_watching(self) -> None:
        if self._watch:
            live_power.remove(self._watch)
            self._watch = None

    def _end(self) -> None:
        """Ends what runs beside the socket."""
        if not self._is_open:
            return
        self._is_open = False
        self._stop_watching()
        metrics.socket_closed()
        for task in self._tasks:
            task.cancel()

    async def _for_ever(self, job: Callable[[], Awaitable[None]]) -> None:
        """Runs a job again and again: database or Redis may be away for a while.

        A cancellation alone does not end it: redis-py turns one that meets a connection in the
        making into an error of its own.
        """
        while self._is_open:
            try:
                await job()
            except Exception as error:
                if self._is_open:
                    logger.info("A page's socket goes on without %s: %r", job.__name__, error)
                    await asyncio.sleep(RETRY_S * random.uniform(1, 2))

    async def _listen(self) -> None:
        layer = get_channel_layer()
        if layer is None:
            raise RuntimeError("There is no channel layer.")
        channel = await layer.new_channel()
        group = group_of(self.login.user_id)
        try:
            await self._follow(layer, group, channel)
        finally:
            # With Redis away this would hide the cancellation; the group forgets by itself.
            with suppress(Exception):
                await layer.group_discard(group, channel)

    async def _follow(self, layer: BaseChannelLayer, group: str, channel: str) -> None:
        while self._is_open:
            await layer.group_add(group, channel)
            await self._send_missed()  # what came before the group knew this socket
            try:
                async with asyncio.timeout(REJOIN_S):
                    while self._is_open:
                        await layer.receive(channel)
                        await self._send_missed()
            except TimeoutError:
                continue

    async def _poll(self) -> None:
        # Sockets that were opened together, after a restart, must not all ask together.
        await asyncio.sleep(random.uniform(0, POLL_S))
        while self._is_open:
            await self._send_missed()
            await asyncio.sleep(POLL_S)

    async def _say_alive(self) -> None:
        """Not with the poll: a database that is away is no reason to connect again."""
        while self._is_open:
            await asyncio.sleep(ALIVE_S)
            await self.send_json({"type": "alive"})

    async def _watch_login(self) -> None:
        """Looks first and sleeps then, so that one look that fails is made up for at once."""
        while self._is_open:
            if not await still_holds(self.login):
                await self.close(LOGGED_OUT)
            elif self._watched_uuids:  # a device may have got another owner
                await self._watch_sensors()
            await asyncio.sleep(LOGIN_CHECK_S)

    async def _send_missed(self) -> None:
        """Sends what is newer than the last ``seq`` sent, and which groups have grown since the
        last ``change``; one at a time, so none goes twice."""
        async with self._sending:
            while missed := await missed_messages.get(
                user_id=self.login.user_id,
                after_seq=self.sent_seq,
                after_change=self.sent_change,
            ):
                for message in missed:
                    await self._send_news(message)
                if len(missed) < CHUNK:
                    return

    async def _send_news(self, message: dict[str, Any]) -> None:
        await self.send_json(message)
        if message["type"] == "grown":
            self.sent_change = message["change"]
            return
        self.sent_seq = message["seq"]
        metrics.notification_sent()

    async def _last_change(self) -> int:
        return await query(get_last_change, user_id=self.login.user_id)

    async def _last_seq(self) -> int:
        return await query(get_last_seq, user_id=self.login.user_id)


def _parse(query: bytes, name: str) -> int | None:
    """A number of the query, if it is there. Raises ``ValueError`` unless it is from 0 on."""
    values = parse_qs(query.decode("latin-1")).get(name)
    if not values:
        return None
    number = int(values[0])
    if not 0 <= number < 2**63:
        raise ValueError(f"{name} must be from 0 on, not {number}.")
    return number
