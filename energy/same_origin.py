"""Refuses WebSockets that another site's page opens with our user's cookies."""

from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings


class SameOriginOnly:
    """Lets a WebSocket through when its ``Origin`` is this host, a trusted one, or not given.

    Channels' own validator compares with ``ALLOWED_HOSTS``, which says nothing of scheme and port.
    A program without an ``Origin`` carries no browser's cookies, so it is no cross-site request.
    """

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        host = headers.get(b"host", b"").decode("latin-1")
        if is_same_origin(origin=origin, host=host):
            return await self.application(scope, receive, send)
        return await WebsocketDenier()(scope, receive, send)


def is_same_origin(*, origin: str, host: str) -> bool:
    """Whether a page of ``origin`` belongs to the site that is reached as ``host``.

    Daphne does not tell a WebSocket's scheme: where the site insists on HTTPS, so does this.
    """
    if not origin or origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    parts = urlsplit(origin)
    schemes = {"https"} if settings.SECURE_SSL_REDIRECT else {"http", "https"}
    return parts.scheme in schemes and parts.netloc.lower() == host.lower()
