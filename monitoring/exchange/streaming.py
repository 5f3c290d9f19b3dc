"""Answers that are written while they are sent, in memory that does not depend on their length."""

from collections.abc import AsyncIterator, Iterator
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
    """A file with the consumption of sensors. Nothing is read before it is sent."""
    pieces = _pieces(export, sensors)
    # Django would read all of an ordinary iterator before it sends anything, where the server
    # is asynchronous, and the other way round.
    is_asynchronous = isinstance(request, ASGIRequest)
    return StreamingHttpResponse(
        _one_by_one(pieces) if is_asynchronous else pieces,
        content_type=CONTENT_TYPES[export.format],
        headers={
            "Content-Disposition": f'attachment; filename="{export.file_name}"',
            "Cache-Control": "no-store",
        },
    )


def _pieces(export: Export, sensors: QuerySet[Sensor]) -> Iterator[bytes]:
    with closing(export.write(get_chunks(sensors=sensors, span=export.span))) as pieces:
        yield from filter(None, pieces)


async def _one_by_one(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Each piece is written in the request's thread, when the one before it has been sent."""
    take = sync_to_async(next)
    try:
        while (piece := await take(pieces, None)) is not None:
            yield piece
    finally:
        await sync_to_async(pieces.close)()  # who has gone away leaves no temporary file
