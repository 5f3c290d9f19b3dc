"""Hints over the channel layer that somebody's inbox has changed. The rows are the truth.

A hint that is lost costs nothing but time: each socket also looks at its inbox by itself.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)

SEND_TIMEOUT_S = 5


def group_of(user_id: int) -> str:
    """The channel-layer group of a user's open pages."""
    return f"inbox.{user_id}"


class HintSender(threading.Thread):
    """Sends hints from a thread of its own, so that a slow Redis never delays storing."""

    def __init__(self, after_hint: Callable[[], object] | None = None) -> None:
        """``after_hint`` is called behind each hint, and must not wait for anything."""
        super().__init__(name="ingest-hints", daemon=True)
        self._after_hint = after_hint
        self._loop = asyncio.new_event_loop()
        # While Redis hangs no more than a hint a user waits, however many peaks there are.
        self._waiting: set[int] = set()
        self._is_stopping = False
        self._changed = asyncio.Event()

    def send(self, user_ids: frozenset[int]) -> None:
        """Hints to the open pages of these users, soon. Called from any thread."""
        with suppress(RuntimeError):  # stopped already: the pages will look themselves
            self._loop.call_soon_threadsafe(self._add, user_ids)

    def stop(self, *, timeout_s: float = SEND_TIMEOUT_S) -> None:
        """Sends what is waiting and ends the thread, unless that takes longer."""
        self._loop.call_soon_threadsafe(self._add, None)
        self.join(timeout_s)

    def _add(self, user_ids: frozenset[int] | None) -> None:
        if user_ids is None:
            self._is_stopping = True
        else:
            self._waiting |= user_ids
        self._changed.set()

    def run(self) -> None:
        """Sends hints until stopped."""
        try:
            self._loop.run_until_complete(self._send_all())
        finally:
            self._loop.close()

    async def _send_all(self) -> None:
        while self._waiting or not self._is_stopping:
            await self._changed.wait()
            self._changed.clear()
            user_ids, self._waiting = frozenset(self._waiting), set()
            if user_ids:
                await self._send_some(user_ids)

    async def _send_some(self, user_ids: frozenset[int]) -> None:
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await _send(user_ids)
        except Exception as error:
            logger.warning("Hints could not be sent (%r); pages will look themselves.", error)
        if self._after_hint:
            self._after_hint()


def send_hints(user_ids: frozenset[int]) -> None:
    """Hints to the open pages of these users, from a thread without an event loop."""
    try:
        async_to_sync(_send)(user_ids)
    except Exception as error:
        logger.warning("Hints could not be sent (%r); pages will look themselves.", error)


async def _send(user_ids: frozenset[int]) -> None:
    layer = get_channel_layer()
    if layer is None:
        return
    for user_id in user_ids:
        await layer.group_send(group_of(user_id), {"type": "inbox.changed"})
