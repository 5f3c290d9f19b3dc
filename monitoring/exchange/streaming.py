"""Answers that are written while they are sent, in memory that does not depend on their length."""

from collections.abc import AsyncIterator, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Lock

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections, connections
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from accounts.models import User
from devices.models import Sensor
from monitoring.exchange.chunks import get_chunks
from monitoring.exchange.formats import CONTENT_TYPES, Export
from monitoring.exchange.one_at_a_time import ExportTurn
from monitoring.kept_connections import keep_connections

#: Threads that write the pieces of all exports of a web server. An export that waits for its reader
#: has none of them, and no connection to the database.
WRITERS = ThreadPoolExecutor(4, thread_name_prefix="export", initializer=keep_connections)


def stream_export(
    request: HttpRequest, export: Export, sensors: QuerySet[Sensor], *, user: User
) -> StreamingHttpResponse:
    """A file with the consumption of sensors, for a user. Nothing is read before it is sent.

    Raises ``BadExport`` where it would have too many rows, and ``ExportRunning`` while another
    export of the user is being sent.
    """
    export.require_room(sensors)
    return StreamingHttpResponse(
        _make_file(request, export, sensors, user)
        if request.method != "HEAD"
        else _nothing(request),
        content_type=CONTENT_TYPES[export.format],
        headers={
            "Content-Disposition": f'attachment; filename="{export.file_name}"',
            "Cache-Control": "no-store",
        },
    )


def _nothing(request: HttpRequest) -> Iterator[bytes] | AsyncIterator[bytes]:
    """For HEAD: a file need not be made for its headers."""
    return _no_pieces() if isinstance(request, ASGIRequest) else iter(())


async def _no_pieces() -> AsyncIterator[bytes]:
    nothing: tuple[bytes, ...] = ()
    for piece in nothing:
        yield piece


def _make_file(
    request: HttpRequest, export: Export, sensors: QuerySet[Sensor], user: User
) -> "_Sent | _SentByLoop":
    turn = ExportTurn(user=user, now=timezone.now())
    # Django would read all of an ordinary iterator before it sends anything, where the server
    # is asynchronous, and the other way round.
    kind = _SentByLoop if isinstance(request, ASGIRequest) else _Sent
    return kind(_pieces(export, sensors), turn)


def _pieces(export: Export, sensors: QuerySet[Sensor]) -> Generator[bytes]:
    with closing(export.write(get_chunks(sensors=sensors, span=export.span))) as pieces:
        yield from pieces


class _File:
    """A file that is written piece by piece, in its user's turn.

    The handler closes it after the last piece, and when the reader has gone away: no temporary file
    is left then. Who closes it waits for the piece that is being written.
    """

    def __init__(self, pieces: Generator[bytes], turn: ExportTurn) -> None:
        self._pieces = pieces
        self._turn = turn
        self._lock = Lock()
        self._is_closed = False

    def close(self) -> None:
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                self._pieces.close()
                self._turn.end()

    def _take(self) -> bytes | None:
        """The next piece, which may be empty; None after the last one."""
        try:
            with self._lock:
                self._turn.keep(now=timezone.now())
                piece = next(self._pieces, None)
        except BaseException:
            self.close()
            raise
        if piece is None:
            self.close()
        return piece


class _Sent(_File):
    """For a server that is not asynchronous, and for tests."""

    def __iter__(self) -> Iterator[bytes]:
        while (piece := self._take()) is not None:
            if piece:
                yield piece


class _SentByLoop(_File):
    """For an asynchronous server: each piece is written when the one before it has been sent."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        await sync_to_async(_leave_database)()
        take = sync_to_async(self._take_in_thread, thread_sensitive=False, executor=WRITERS)
        while (piece := await take()) is not None:
            if piece:
                yield piece

    def _take_in_thread(self) -> bytes | None:
        close_old_connections()
        return self._take()


def _leave_database() -> None:
    """The request's own connection has nothing to do while the file is sent."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
