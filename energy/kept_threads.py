"""Requests on threads that are kept, so that each finds a database connection that is kept too.

Django gives each request under ASGI a thread of its own, and connections belong to threads: to
connect, and to learn the partitions of the readings anew, would take longer than most answers.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from django.db import connections

from monitoring.kept_connections import keep_connections

#: So many threads, each with its connection, wait for requests; more are made while they are busy.
MOST_IDLE = 8


class OnKeptThreads:
    """Runs each request of an ASGI application on one thread, the one that was used last.

    Nobody waits for a thread, but for one thing: what an aborted request still does is done before
    the next one of its thread.
    """

    def __init__(self, application: Any) -> None:
        self._application = application
        self._idle: list[ThreadPoolExecutor] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        thread = self._idle.pop() if self._idle else _make_thread()
        try:
            async with ThreadSensitiveContext(executor=thread):
                return await self._application(scope, receive, send)
        finally:
            self._keep(thread)

    def _keep(self, thread: ThreadPoolExecutor) -> None:
        if len(self._idle) < MOST_IDLE:
            self._idle.append(thread)
        else:
            thread.submit(connections.close_all)
            thread.shutdown(wait=False)


def _make_thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, initializer=keep_connections)
