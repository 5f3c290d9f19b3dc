"""Sends no faster than the client reads, and receives no faster than the application does.

An ASGI server is free to return from ``send`` when the client has room for more. Daphne returns at
once and keeps what the client has not read yet, however much that is. Twisted, under it, says when
its buffer (64 KiB) is full and when there is room again, to whoever has registered as the producer
of the request's answer.
"""

import asyncio
import functools
import logging
from typing import Any

from daphne.http_protocol import WebRequest
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from energy.streamed_bodies import StreamedRequest

logger = logging.getLogger(__name__)

#: A client that takes less than a buffer in this time is cut off, so that nobody keeps a thread
#: for ever: at 64 KiB a message, one that reads less than about 1 kB a second.
PATIENCE_S = 120


class AwaitsItsReader:
    """Lets ``send`` of an ASGI application return when the client has room for more.

    If the application fails in the middle of an answer, the connection is broken off. The client
    sees that its answer has no end, instead of waiting for it.
    """

    def __init__(self, application: Any, *, patience_s: float = PATIENCE_S) -> None:
        self._application = application
        self._patience_s = patience_s

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        request = _get_request(send)
        if request is None or request.channel is None:  # another server; a client that is gone
            return await self._application(scope, receive, send)
        answer = _Answer(request, send, self._patience_s)
        request.registerProducer(answer, True)
        try:
            return await self._application(scope, _taking(request, receive), answer.send)
        except Exception:
            if not answer.is_open:
                raise
            logger.exception("An answer was broken off: %s", scope["path"])
            answer.break_off()
        finally:
            answer.let_go()


def _taking(request: WebRequest, receive: Any) -> Any:
    """A ``receive`` that tells the request how much of its body was taken."""
    if not isinstance(request, StreamedRequest):
        return receive

    async def take() -> Any:
        message = await receive()
        request.take(len(message.get("body", b"")))
        return message

    return take


def _get_request(send: Any) -> WebRequest | None:
    """Daphne's own object for the request, which it binds to the ``send`` that it passes."""
    bound = send.args if isinstance(send, functools.partial) else ()
    return next((each for each in bound if isinstance(each, WebRequest)), None)


@implementer(IPushProducer)
class _Answer:
    """The producer of a request's answer, as Twisted calls it."""

    def __init__(self, request: WebRequest, send: Any, patience_s: float) -> None:
        self._request = request
        self._send = send
        self._patience_s = patience_s
        self._room = asyncio.Event()
        self._room.set()
        #: It has begun, and its end was not sent.
        self.is_open = False

    async def send(self, message: dict[str, Any]) -> None:
        """Sends a message, and waits until there is room for another one."""
        is_last = message["type"] == "http.response.body" and not message.get("more_body")
        self.is_open = not is_last
        if is_last:
            self.let_go()  # before daphne finishes the request
        await self._send(message)
        if self._room.is_set():
            return
        try:
            async with asyncio.timeout(self._patience_s):
                await self._room.wait()
        except TimeoutError:
            logger.info("A client was cut off: it read too little for %d s.", self._patience_s)
            self.break_off()
            await asyncio.Future()  # daphne says now that the client is gone, which ends this

    def break_off(self) -> None:
        """Ends the connection at once. What the client has not got yet is forgotten."""
        if self._request.channel is not None:
            self._request.channel.forceAbortClient()

    def let_go(self) -> None:
        """Has no more to send."""
        if self._request.producer is self:
            self._request.producer = None
            if self._request.channel is not None:
                self._request.channel.unregisterProducer()
        self._room.set()

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name, as the next ones
        self._room.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self._room.set()

    def stopProducing(self) -> None:  # noqa: N802
        """The client is gone: nothing needs room any more."""
        self._room.set()
