"""Lets daphne call the application when a request's headers are there, not when all of it is.

Daphne collects each body whole before it calls the application, in a temporary file and then in
memory, so nothing that the application says of a body's size comes in time. This puts a request
that hands its body on into daphne's place for one, with 64 KiB at most on its way: the network is
not read while the application does not take what has come.

What it relies on beyond daphne's and Twisted's public interfaces is held by
``tests/energy/test_bodies.py``.
"""

from functools import partial
from typing import Any

from daphne import http_protocol
from twisted.web.http import HTTPChannel

#: Bytes of a body that may wait for the application.
MOST_WAITING = 64 * 1024
#: A client that is still sending when it has its answer gets this long to read it, and this many
#: bytes are thrown away meanwhile. Closed at once, the connection would take the answer with it.
LINGER_S = 2
LINGER_BYTES = 1024 * 1024


class _Streamed:
    """In the place of the file with a body: there is none. Daphne reads nothing of a closed one."""

    closed = True

    def tell(self) -> int:
        return 0

    def seek(self, *_: int) -> int:
        return 0

    def close(self) -> None:
        """It is."""


class StreamedRequest(http_protocol.WebRequest):  # type: ignore[misc]  # daphne has no types
    """Daphne's request, whose body comes to the application in pieces, as it arrives."""

    _is_whole = True  # nothing of it is still to come
    _is_paused = False
    _waiting_bytes = 0

    def gotLength(self, length: int | None) -> None:  # noqa: N802 - Twisted's name, as the others
        """The headers are there. Without a length the body is chunked."""
        if length == 0:
            super().gotLength(length)
            return
        self._is_whole = False
        self.content = _Streamed()
        self.requestHeaders.removeHeader(b"Upgrade")  # no WebSocket begins with a body
        channel = self.channel
        super().requestReceived(channel._command, channel._path, channel._version)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        if self.finished or not self.application_queue:
            return
        self._put(data, more_body=True)
        self._waiting_bytes += len(data)
        if self._waiting_bytes > MOST_WAITING:
            self._is_paused = True
            self.transport.pauseProducing()

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802
        """All of it is there."""
        if self._is_whole:
            super().requestReceived(command, path, version)
            return
        self._is_whole = True
        if not self.finished and self.application_queue:
            self._put(b"", more_body=False)

    def take(self, count: int) -> None:
        """The application has received ``count`` bytes."""
        self._waiting_bytes -= count
        if self._is_paused and self._waiting_bytes <= MOST_WAITING and self.channel is not None:
            self._is_paused = False
            self.transport.resumeProducing()

    def handle_reply(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start" and not self._is_whole:
            self.responseHeaders.setRawHeaders(b"Connection", [b"close"])
        super().handle_reply(message)

    def finish(self) -> None:
        if not self._is_whole and self.channel is not None:
            _let_linger(self.channel)
        super().finish()

    def _put(self, body: bytes, *, more_body: bool) -> None:
        message = {"type": "http.request", "body": body, "more_body": more_body}
        self.application_queue.put_nowait(message)


def _let_linger(channel: Any) -> None:
    """Makes the end of the answer the end of the connection, with time to read it."""
    left = LINGER_BYTES

    def throw_away(data: bytes) -> None:
        nonlocal left
        left -= len(data)
        if left < 0:
            channel.transport.pauseProducing()

    channel.persistent = False
    channel.dataReceived = throw_away
    close = partial(HTTPChannel.loseConnection, channel)
    channel.loseConnection = lambda: channel.callLater(LINGER_S, close)


def stream_bodies() -> None:
    """Has daphne make its requests so, whichever way it was started."""
    http_protocol.WebRequest = StreamedRequest
