"""Sends responses of Django's from in front of it, over ASGI."""

from io import BytesIO
from typing import Any

from csp.middleware import CSPMiddleware
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse

from energy.refusals import Refusal, refuse

_policy = CSPMiddleware(lambda request: HttpResponse())


async def send_refusal(scope: Any, send: Any, refusal: Refusal) -> None:
    """Refuses a request, as ``refuse`` does, under the content security policy of every page."""
    request = ASGIRequest(scope, BytesIO())
    response = refuse(request, refusal)
    _policy.process_response(request, response)
    await send_response(response, send, method=scope["method"])


async def send_response(response: HttpResponse, send: Any, *, method: str) -> None:
    """Sends a response whose content is at hand."""
    response.headers.setdefault("Content-Length", str(len(response.content)))
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    headers = [
        (name.lower().encode("ascii"), value.encode("latin-1"))
        for name, value in response.headers.items()
    ]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    body = b"" if method == "HEAD" else response.content
    await send({"type": "http.response.body", "body": body})
