"""Answers that are written while they are sent, in memory that does not depend on their length."""

from collections.abc import AsyncIterator, Generator
from contextlib import closing

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse

from devices.models import Sensor
from monitoring.exchange.chunks import get_chunks
from monitoring.exchange.formats import CONTENT_TYPES, Export


def stream_export(
    request: HttpRequest, export: Export, sensors: QuerySet[Sensor]
) -> StreamingHttpResponse:
    """A file with the consumption of sensors. Nothing is read before it is sent.

    Raises ``BadExport`` where it would have too many rows.
    """
    export.require_room(sensors)
    pieces = _nothing() if request.method == "HEAD" else _pieces(export, sensors)
    # Django would read all of an ordinary iterator before it sends anything, where the server
    # is asynchronous, and the other way round.
    is_asynchronous = isinstance(request, ASGIRequest)
    return StreamingHttpResponse(
        _OneByOne(pieces) if is_asynchronous else pieces,
        content_type=CONTENT_TYPES[export.format],
        headers={
            "Content-Disposition": f'attachment; filename="{export.file_name}"',
            "Cache-Control": "no-store",
        },
    )


def _nothing() -> Generator[bytes]:
    """For HEAD: a file need not be made for its headers."""
    yield from ()


def _pieces(export: Export, sensors: QuerySet[Sensor]) -> Generator[bytes]:
    with closing(export.write(get_chunks(sensors=sensors, span=export.span))) as pieces:
        yield from filter(None, pieces)


class _OneByOne:
    """Each piece is written in the request's thread, when the one before it has been sent.

    The handler closes it after the last one, and when the reader has gone away: no temporary
    file is left then.
    """

    def __init__(self, pieces: Generator[bytes]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (piece := await sync_to_async(self._take)()) is not None:
            yield piece

    def close(self) -> None:
        self._pieces.close()

    def _take(self) -> bytes | None:
        return next(self._pieces, None)
