"""What daphne serves: pages, API and metrics over HTTP, notifications over a WebSocket."""

import os
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "energy.settings")
http = get_asgi_application()  # before anything that needs the models

from energy.back_pressure import AwaitsItsReader  # noqa: E402
from energy.body_limits import UploadsOfUsers, WithinLimits  # noqa: E402
from energy.kept_threads import OnKeptThreads  # noqa: E402
from energy.metrics.web import WithMetrics  # noqa: E402
from energy.probes import WithProbes  # noqa: E402
from energy.same_origin import SameOriginOnly  # noqa: E402
from energy.streamed_bodies import stream_bodies  # noqa: E402
from monitoring.notifications.sockets import NotificationSocket  # noqa: E402

# Django types a path's view as one for HTTP; Channels routes sockets the same way.
socket: Any = NotificationSocket.as_asgi()

stream_bodies()
pages = OnKeptThreads(WithMetrics(UploadsOfUsers(http)))

application = ProtocolTypeRouter(
    {
        "http": AwaitsItsReader(WithinLimits(WithProbes(pages))),
        "websocket": SameOriginOnly(
            AuthMiddlewareStack(URLRouter([path("ws/notifications/", socket)]))
        ),
    }
)
