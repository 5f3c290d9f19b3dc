"""Limits to the bodies of requests. What is longer is answered 413 before it is kept anywhere.

An ordinary body is received whole before anything else is done for its request, so that a client
who sends slowly keeps no thread and no connection to the database waiting. A long upload is handed
on as it comes: Django keeps it in a temporary file, once its sender is known to be allowed to.
"""

import asyncio
import errno
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse

from accounts.api_tokens import find_api_token
from energy.lanes import view_of
from energy.refusals import BUSY, TOO_LARGE, TOO_SLOW, Refusal
from energy.sending import send_refusal
from monitoring.exchange.uploads import MAX_BYTES

logger = logging.getLogger(__name__)

LIMIT_BYTES = 1024 * 1024
#: A form puts some lines around its file.
UPLOAD_LIMIT_BYTES = MAX_BYTES + 64 * 1024
#: The API's import, for every user, and the administration's.
API_UPLOAD = "api-import"
ADMIN_UPLOAD = "admin:monitoring_readingimport_add"
#: An ordinary body comes within this time.
WITHIN_S = 60
#: This much of it stays in memory; the rest waits in a temporary file.
IN_MEMORY_BYTES = 64 * 1024


class _TooLarge(Exception):
    """The body has more than its limit."""


class _Gone(Exception):
    """The client went away before all of the body was there."""


class WithinLimits:
    """Calls an ASGI application for requests with a body of an ordinary length, and for uploads.

    What an upload may have is for ``UploadsOfUsers`` to say, behind the bound on how many of them
    there are at a time.
    """

    def __init__(self, application: Any, *, within_s: float = WITHIN_S) -> None:
        self._application = application
        self._within_s = within_s

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        if not has_body(scope) or is_long_upload(scope):
            return await self._application(scope, receive, send)
        with SpooledTemporaryFile(IN_MEMORY_BYTES) as body:
            try:
                refusal = await self._keep(scope, receive, body)
            except _Gone:
                return None
            if refusal is not None:
                return await send_refusal(scope, send, refusal)
            async with aclosing(_replay(body, receive)) as messages:
                return await self._application(scope, messages.__anext__, send)

    async def _keep(
        self, scope: Any, receive: Any, body: "SpooledTemporaryFile[bytes]"
    ) -> Refusal | None:
        """Receives the body; tells why it is refused. Raises ``_Gone``."""
        if (declared_bytes(scope) or 0) > LIMIT_BYTES:
            return TOO_LARGE
        try:
            async with asyncio.timeout(self._within_s):
                await _receive_whole(receive, into=body)
        except _TooLarge:
            return TOO_LARGE
        except TimeoutError:
            return TOO_SLOW
        except OSError as error:
            return _refusal_without_room(error)
        return None


class UploadsOfUsers:
    """Lets those upload a long file who may; others have the limit of every other address."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        if not has_body(scope) or not is_long_upload(scope):
            return await self._application(scope, receive, send)
        limit = UPLOAD_LIMIT_BYTES if await sync_to_async(_may_upload)(scope) else LIMIT_BYTES
        if (declared_bytes(scope) or 0) > limit:
            return await send_refusal(scope, send, TOO_LARGE)
        try:
            return await self._application(scope, _counting(receive, limit), send)
        except _TooLarge:
            return await send_refusal(scope, send, TOO_LARGE)
        except OSError as error:
            return await send_refusal(scope, send, _refusal_without_room(error))


def _refusal_without_room(error: OSError) -> Refusal:
    """503 where temporary files have no room for now."""
    if error.errno != errno.ENOSPC:
        raise error
    logger.warning("There is no room for the body of a request: %s", error)
    return BUSY


def has_body(scope: Any) -> bool:
    names = {name for name, _ in scope["headers"]}
    return b"transfer-encoding" in names or bool(declared_bytes(scope))


def declared_bytes(scope: Any) -> int | None:
    """The ``Content-Length``; None if there is none, as where the body is chunked."""
    value = dict(scope["headers"]).get(b"content-length", b"")
    return int(value) if value.isdigit() else None


def is_long_upload(scope: Any) -> bool:
    """Whether the request's body may be longer than others, by its address and its length."""
    length = declared_bytes(scope)
    is_long = length is None or length > LIMIT_BYTES
    return is_long and scope["method"] == "POST" and view_of(scope) in {API_UPLOAD, ADMIN_UPLOAD}


async def _receive_whole(receive: Any, *, into: "SpooledTemporaryFile[bytes]") -> None:
    """Raises ``_TooLarge`` at the first byte too many, and ``_Gone``."""
    received, message = 0, {"more_body": True}
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        received += len(message.get("body", b""))
        if received > LIMIT_BYTES:
            raise _TooLarge
        into.write(message.get("body", b""))


async def _replay(
    body: "SpooledTemporaryFile[bytes]", receive: Any
) -> AsyncGenerator[dict[str, Any]]:
    """The body's messages once more, and then what the server says."""
    body.seek(0)
    is_last = False
    while not is_last:
        piece = body.read(IN_MEMORY_BYTES)
        is_last = len(piece) < IN_MEMORY_BYTES
        yield {"type": "http.request", "body": piece, "more_body": not is_last}
    while True:
        yield await receive()


def _counting(receive: Any, limit: int) -> Any:
    """A ``receive`` that raises ``_TooLarge`` once the body is over its limit."""
    received = 0

    async def receive_next() -> Any:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise _TooLarge
        return message

    return receive_next


def _may_upload(scope: Any) -> bool:
    """Whether the request comes from a user whom its address lets upload a file."""
    close_old_connections()
    request = ASGIRequest(scope, BytesIO())
    is_api = view_of(scope) == API_UPLOAD
    authorization = request.headers.get("Authorization", "")
    if is_api and authorization:
        return find_api_token(authorization=authorization) is not None
    SessionMiddleware(_nothing).process_request(request)
    user = get_user(request)
    return user.is_authenticated and (is_api or user.is_staff)


def _nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
