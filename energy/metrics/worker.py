"""``/metrics`` of the Celery worker, on a port of its own: what its process counts."""

import logging
import socket
import threading
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from celery import bootsteps
from django.conf import settings
from prometheus_client import make_wsgi_app

from energy.metrics.access import guarded
from monitoring.metrics import REGISTRY

logger = logging.getLogger(__name__)


class _Server(ThreadingMixIn, WSGIServer):
    """A thread a request, none of which keeps the process alive."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: Any) -> None:
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, handler)


class _Handler(WSGIRequestHandler):
    #: Seconds in which a client must have said what it wants.
    timeout = 10

    def log_message(self, *_: object) -> None:
        """A scrape every few seconds is no news."""


class MetricsServer:
    """Serves the metrics from a thread until it is stopped."""

    def __init__(self, *, host: str, port: int) -> None:
        """Listens from now on; port 0 takes a free one. Raises ``OSError`` if that fails."""
        application = guarded(make_wsgi_app(REGISTRY))
        self._server = make_server(host, port, application, _Server, _Handler)
        self.port = self._server.server_port
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="metrics", daemon=True
        )

    def start(self) -> None:
        """Answers from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Stops listening; takes half a second at most."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class MetricsStep(bootsteps.StartStopStep):
    """Serves metrics while the worker runs, if ``WORKER_METRICS_PORT`` is set."""

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self._server: MetricsServer | None = None

    def include_if(self, parent: Any) -> bool:
        return bool(settings.WORKER_METRICS_PORT)

    def start(self, parent: Any) -> None:
        """A port that is taken is no reason to leave the readings in the queue."""
        host, port = settings.WORKER_METRICS_HOST, settings.WORKER_METRICS_PORT
        if not settings.METRICS_TOKEN:
            logger.warning("METRICS_TOKEN is not set: nobody can read the worker's metrics.")
        try:
            self._server = MetricsServer(host=host, port=port)
        except OSError as error:
            logger.error("No metrics at %s port %d: %s", host, port, error)  # noqa: TRY400
            return
        self._server.start()
        logger.info("Metrics at %s port %d.", host, self._server.port)

    def stop(self, parent: Any) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    def terminate(self, parent: Any) -> None:
        self.stop(parent)
