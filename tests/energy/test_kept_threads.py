"""The web server's requests find a thread and a database connection that earlier ones have left."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core import signals
from django.db import connection, connections

from energy.kept_threads import OnKeptThreads, Room
from energy.lanes import Lane

WAIT_S = 20
pytestmark = pytest.mark.django_db(transaction=True)


class Site:
    """Does something in each request's thread, as Django does it with a view."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self.found: list[object] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.found.append(await sync_to_async(self._work)())


SCOPE = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}


async def ask(site: OnKeptThreads) -> None:
    await site(SCOPE, None, None)


def on_kept_threads(
    inner: Any, *, threads: int = 4, most_waiting: int = 100, wait_s: float = WAIT_S
) -> OnKeptThreads:
    return OnKeptThreads(inner, rooms={Lane.PAGES: Room(threads, most_waiting, wait_s)})


def backend() -> int:
    """The server's process of this thread's connection, used as in a request."""
    signals.request_started.send(sender=None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    signals.request_finished.send(sender=None)
    return int(pid)


def threads_of(site: OnKeptThreads) -> Any:
    return site._lanes[Lane.PAGES]._free


async def is_idle(site: OnKeptThreads, *, threads: int = 4) -> None:
    """Returns when all of its threads are free."""
    async with asyncio.timeout(WAIT_S):
        while len(threads_of(site)) < threads:
            await asyncio.sleep(0.001)


async def close(site: OnKeptThreads, *, threads: int = 4) -> None:
    """Ends the site's threads, so that nothing is connected to the tests' database."""
    await is_idle(site, threads=threads)
    for thread in threads_of(site):
        await asyncio.wrap_future(thread.submit(connections.close_all))
        thread.shutdown()


async def test_requests_one_after_another_share_a_connection() -> None:
    inner = Site(backend)
    site = on_kept_threads(inner)
    for _ in range(3):
        await ask(site)
        await is_idle(site)
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
    site = on_kept_threads(inner)
    await ask(site)
    await is_idle(site)
    thread = threads_of(site)[-1]
    with pytest.raises(Exception, match="terminat"):
        await asyncio.wrap_future(thread.submit(backend_and_end))
    await ask(site)
    await close(site)
    first, second = inner.found
    assert first != second


async def test_requests_at_once_run_on_as_many_threads_as_there_are() -> None:
    all_here = threading.Barrier(4)

    def meet() -> int:
        all_here.wait(WAIT_S)
        return threading.get_ident()

    inner = Site(meet)
    site = on_kept_threads(inner)
    await asyncio.gather(*(ask(site) for _ in range(12)))
    assert len(inner.found) == 12
    assert len(set(inner.found)) == 4
    await close(site)


async def test_requests_that_would_wait_too_long_are_told_when_to_come_back() -> None:
    go_on, sent = threading.Event(), []

    async def send(message: Any) -> None:
        sent.append(message)

    site = on_kept_threads(Site(lambda: go_on.wait(WAIT_S)), threads=1, wait_s=0.05)
    begun = asyncio.create_task(ask(site))
    await asyncio.sleep(0)
    await site(SCOPE, None, send)
    go_on.set()
    await begun
    assert sent[0]["status"] == 503
    assert dict(sent[0]["headers"])[b"retry-after"] == b"5"
    await close(site, threads=1)


async def test_thread_of_an_aborted_request_is_free_when_its_work_has_ended() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait(WAIT_S)

    site = on_kept_threads(Site(work), threads=1)
    task = asyncio.create_task(ask(site))
    assert await asyncio.to_thread(begun.wait, WAIT_S)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert not threads_of(site)
    go_on.set()
    await is_idle(site, threads=1)
    await close(site, threads=1)


async def test_thread_is_left_after_a_failure() -> None:
    def fail() -> None:
        raise ValueError("a bad view")

    site = on_kept_threads(Site(fail), threads=1)
    with pytest.raises(ValueError, match="a bad view"):
        await ask(site)
    await is_idle(site, threads=1)
    await close(site, threads=1)
