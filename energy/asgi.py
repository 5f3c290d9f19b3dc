"""What daphne serves: pages and API over HTTP, notifications over a WebSocket."""

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "energy.settings")
http = get_asgi_application()  # before anything that needs the models

from energy.same_origin import SameOriginOnly  # noqa: E402
from monitoring.notifications.sockets import NotificationSocket  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": SameOriginOnly(
            AuthMiddlewareStack(
                URLRouter([path("ws/notifications/", NotificationSocket.as_asgi())])
            )
        ),
    }
)
