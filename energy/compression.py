"""Compresses answers for clients that accept gzip: one valid stream each, whatever its length."""

import secrets
from collections.abc import AsyncGenerator, AsyncIterable
from gzip import GzipFile
from io import BytesIO

from asgiref.sync import sync_to_async
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

#: Text shrinks to a tenth. A workbook is an archive already, and so is a picture.
WORTH_IT = (
    "text/",
    "application/json",
    "application/atom+xml",
    "application/vnd.oai.openapi",
)


class CompressionMiddleware(GZipMiddleware):
    """Django's, and an asynchronous stream becomes one gzip member.

    Django compresses each of its pieces as a member of its own. Browsers, curl and httpx read the
    first one and stop: files would be cut without an error. This middleware also keeps to
    ``gzip;q=0``, and leaves alone what compression does not make smaller.

    Pages hold secrets beside text that others choose (BREACH). Like Django, it hides the true
    length of each answer with a file name of random length in the header of the gzip stream.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if not response.get("Content-Type", "").startswith(WORTH_IT):
            return response
        if not accepts_gzip(request.headers.get("Accept-Encoding", "")):
            patch_vary_headers(response, ("Accept-Encoding",))
            return response
        if isinstance(response, StreamingHttpResponse) and response.is_async:
            return self._compress_stream(response)
        return super().process_response(request, response)

    def _compress_stream(self, response: StreamingHttpResponse) -> StreamingHttpResponse:
        patch_vary_headers(response, ("Accept-Encoding",))
        if not response.has_header("Content-Encoding"):
            del response.headers["Content-Length"]
            response.headers["Content-Encoding"] = "gzip"
            name = b"a" * secrets.randbelow(self.max_random_bytes)
            pieces: AsyncIterable[bytes] = response.streaming_content  # type: ignore[assignment]
            response.streaming_content = compress_stream(pieces, name=name)
        return response


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether a client takes gzip (RFC 9110, 12.5.3): named, or ``*``, with a weight above 0."""
    weights = dict(map(_read_coding, accept_encoding.split(",")))
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _read_coding(part: str) -> tuple[str, float]:
    coding, _, parameter = part.partition(";")
    name, _, value = parameter.strip().partition("=")
    try:
        weight = float(value) if name.strip().lower() == "q" else 1.0
    except ValueError:
        weight = 0.0  # uncompressed is right for everybody
    return coding.strip().lower(), weight


async def compress_stream(pieces: AsyncIterable[bytes], *, name: bytes) -> AsyncGenerator[bytes]:
    """The pieces as one gzip stream. They are compressed in a thread, and sent as it fills."""
    stream = _GzipStream(name)
    async for piece in pieces:
        if packed := await sync_to_async(stream.add, thread_sensitive=False)(piece):
            yield packed
    yield stream.end()


class _GzipStream:
    """What is written to it comes out compressed."""

    def __init__(self, name: bytes) -> None:
        self._packed = BytesIO()
        self._file = GzipFile(name, "wb", compresslevel=6, fileobj=self._packed, mtime=0)

    def add(self, piece: bytes) -> bytes:
        """Whatever is ready to be sent; it may be nothing."""
        self._file.write(piece)
        return self._take()

    def end(self) -> bytes:
        self._file.close()
        return self._take()

    def _take(self) -> bytes:
        ready = self._packed.getvalue()
        self._packed.seek(0)
        self._packed.truncate()
        return ready
