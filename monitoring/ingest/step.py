"""Makes ingestion a part of the Celery worker: ``celery -A energy worker`` starts it."""

from typing import Any

from celery import bootsteps

from monitoring.ingest.service import Ingestion


class IngestionStep(bootsteps.StartStopStep):
    """Runs beside the worker's task consumer, in threads with connections of their own.

    A consumer step of Celery's would share the worker's main loop, where a slow write would stop
    the heartbeats and an unexpected error the worker (docs/adr/0001).
    """

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self._ingestion: Ingestion | None = None

    def start(self, parent: Any) -> None:
        self._ingestion = Ingestion()
        self._ingestion.start()

    def stop(self, parent: Any) -> None:
        if self._ingestion is not None:
            self._ingestion.stop()
            self._ingestion = None

    def terminate(self, parent: Any) -> None:
        """A cold shutdown ends ingestion like a warm one: it is bounded in time."""
        self.stop(parent)
