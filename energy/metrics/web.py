"""``GET /metrics`` of the web server: what its process counts, and what its servers say."""

from typing import Any

from asgiref.wsgi import WsgiToAsgi
from django.conf import settings
from prometheus_client import make_wsgi_app

from energy.metrics.access import PATH, guarded
from energy.metrics.broker import BrokerCollector
from energy.metrics.deferred import DeferredCollector
from energy.metrics.partitions import PartitionsCollector
from monitoring.metrics import REGISTRY

REGISTRY.register(BrokerCollector())
REGISTRY.register(DeferredCollector())
REGISTRY.register(PartitionsCollector())


class WithMetrics:
    """Answers ``/metrics`` itself and leaves every other address to the application behind.

    In front of Django, because Prometheus calls each process by its own address: neither
    ``ALLOWED_HOSTS`` nor the redirect to HTTPS knows that. Without ``METRICS_TOKEN`` the address
    is Django's like any other that does not exist.
    """

    def __init__(self, application: Any) -> None:
        self._application = application
        metrics = guarded(make_wsgi_app(REGISTRY))
        self._metrics = WsgiToAsgi(metrics)  # type: ignore[no-untyped-call]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        if not settings.METRICS_TOKEN or scope["path"] != scope.get("root_path", "") + PATH:
            return await self._application(scope, receive, send)
        # The bridge to WSGI takes ASCII only.
        query = scope["query_string"].decode("ascii", "ignore").encode()
        return await self._metrics({**scope, "query_string": query}, receive, send)
