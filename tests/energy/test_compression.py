"""What is compressed, and for whom."""

import gzip
import zlib
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from energy.compression import CompressionMiddleware, accepts_gzip, compress_stream

ROWS = [
    b"interval_start,interval_end\r\n",
    b"",
    *(b"2026-03-10,%d\r\n" % n * 500 for n in range(9)),
]


async def sent(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def answer(
    content_type: str, *, accepts: str = "gzip", headers: dict[str, str] | None = None
) -> StreamingHttpResponse:
    """A streamed answer as it leaves the middleware."""
    request = RequestFactory().get("/", headers={"accept-encoding": accepts})
    stream = StreamingHttpResponse(sent(ROWS), content_type=content_type, headers=headers)
    middleware = CompressionMiddleware(lambda _: stream)
    left = middleware.process_response(request, stream)
    assert isinstance(left, StreamingHttpResponse)
    return left


async def body(response: Any) -> bytes:
    return b"".join([piece async for piece in response])


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("", False),
        ("gzip", True),
        ("GZIP", True),
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", True),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, identity", False),
        ("gzip;q=0, *", False),
        ("*", True),
        ("*;q=0", False),
        ("br", False),
        ("gzipped", False),
        ("gzip;q=much", False),
        (";;,,=", False),
    ],
)
def test_gzip_is_what_the_client_says(header: str, accepted: bool) -> None:
    assert accepts_gzip(header) is accepted


@pytest.mark.parametrize("name", [b"", b"a" * 99])
async def test_stream_is_one_gzip_member(name: bytes) -> None:
    packed = b"".join([piece async for piece in compress_stream(sent(ROWS), name=name)])
    reader = zlib.decompressobj(wbits=31)  # reads one member, as browsers do
    assert reader.decompress(packed) == b"".join(ROWS)
    assert reader.eof
    assert reader.unused_data == b""


async def test_streamed_text_is_compressed_for_who_accepts_it() -> None:
    packed = await answer("text/csv", headers={"Content-Length": "7"})
    assert packed["Content-Encoding"] == "gzip"
    assert packed["Vary"] == "Accept-Encoding"
    assert "Content-Length" not in packed
    assert gzip.decompress(await body(packed)) == b"".join(ROWS)

    plain = await answer("text/csv", accepts="gzip;q=0")
    assert "Content-Encoding" not in plain
    assert plain["Vary"] == "Accept-Encoding"
    assert await body(plain) == b"".join(ROWS)


@pytest.mark.parametrize(
    ("content_type", "headers"),
    [
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", {}),
        ("image/png", {}),
        ("text/csv", {"Content-Encoding": "br"}),
    ],
)
async def test_what_is_packed_already_stays_as_it_is(
    content_type: str, headers: dict[str, str]
) -> None:
    stream = await answer(content_type, headers=headers)
    assert stream.get("Content-Encoding") == headers.get("Content-Encoding")
    assert await body(stream) == b"".join(ROWS)


def test_whole_answers_are_compressed_with_a_length_of_their_own() -> None:
    request = RequestFactory().get("/", headers={"accept-encoding": "gzip"})
    page = HttpResponse(b"<p>text</p>" * 100)
    lengths = set()
    for _ in range(40):
        response = CompressionMiddleware(lambda _: page).process_response(
            request, HttpResponse(page.content)
        )
        assert isinstance(response, HttpResponse)
        assert gzip.decompress(response.content) == page.content
        assert response["Content-Length"] == str(len(response.content))
        lengths.add(len(response.content))
    assert len(lengths) > 1  # BREACH reads what is secret from the length
