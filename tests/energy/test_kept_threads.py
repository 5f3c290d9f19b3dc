"""The web server's requests find a thread and a database connection that earlier ones have left."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core import signals
from django.db import connection, connections

from energy.kept_threads import MOST_IDLE, OnKeptThreads
from tests.servers import until

WAIT_S = 20
pytestmark = pytest.mark.django_db(transaction=True)


class Site:
    """Does something in each request's thread, as Django does it with a view."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self.found: list[object] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.found.append(await sync_to_async(self._work)())


async def ask(site: OnKeptThreads) -> None:
    await site({"type": "http"}, None, None)


def backend() -> int:
    """The server's process of this thread's connection, used as in a request."""
    signals.request_started.send(sender=None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    signals.request_finished.send(sender=None)
    return int(pid)


async def close(site: OnKeptThreads) -> None:
    """Ends the site's idle threads, so that nothing is connected to the tests' database."""
    for thread in site._idle:
        await asyncio.wrap_future(thread.submit(connections.close_all))
        thread.shutdown()


async def test_requests_one_after_another_share_a_connection() -> None:
    inner = Site(backend)
    site = OnKeptThreads(inner)
    for _ in range(3):
        await ask(site)
    await close(site)
    assert len(inner.found) == 3
    assert len(set(inner.found)) == 1


async def test_connection_that_the_server_has_ended_is_opened_again() -> None:
    def backend_and_end() -> int:
        pid = backend()
        # As when the server was restarted between two requests.
        connection.connection.cursor().execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return pid

    inner = Site(backend)
    site = OnKeptThreads(inner)
    await ask(site)
    thread = site._idle[-1]
    with pytest.raises(Exception, match="terminat"):
        await asyncio.wrap_future(thread.submit(backend_and_end))
    await ask(site)
    await close(site)
    first, second = inner.found
    assert first != second


async def test_requests_at_once_do_not_wait_for_each_other() -> None:
    count = MOST_IDLE + 2
    all_here = threading.Barrier(count)
    before = threading.active_count()

    def meet() -> int:
        all_here.wait(WAIT_S)
        return threading.get_ident()

    inner = Site(meet)
    site = OnKeptThreads(inner)
    await asyncio.gather(*(ask(site) for _ in range(count)))
    assert len(set(inner.found)) == count
    until(lambda: threading.active_count() - before <= MOST_IDLE, what="the others have ended")
    await close(site)


async def test_thread_is_left_after_a_failure() -> None:
    def fail() -> None:
        raise ValueError("a bad view")

    site = OnKeptThreads(Site(fail))
    with pytest.raises(ValueError, match="a bad view"):
        await ask(site)
    assert len(site._idle) == 1
    await close(site)
