"""The in-memory channel layer, made fit for a process in which other threads send."""

import asyncio
from typing import Any

from channels.layers import InMemoryChannelLayer


class CrossThreadInMemoryChannelLayer(InMemoryChannelLayer):
    """Runs everything on the event loop that receives: asyncio's queues know only their own loop.

    In production Redis stands between the worker that sends and the page's socket; in one process
    the worker's thread has a loop of its own.
    """

    _home: asyncio.AbstractEventLoop | None = None

    async def receive(self, channel: str) -> Any:
        self._home = asyncio.get_running_loop()
        return await super().receive(channel)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        home = self._home
        if home is None or home is asyncio.get_running_loop():
            await super().group_send(group, message)
            return
        sending = asyncio.run_coroutine_threadsafe(super().group_send(group, message), home)
        await asyncio.wrap_future(sending)
