"""Makes the schedule a part of the Celery worker: ``celery -A energy worker`` runs it."""

from typing import Any

from celery import bootsteps
from celery.beat import EmbeddedService

#: It looks up at least once a second, unless it waits for a broker that is away.
STOP_WITHIN_S = 1.0


class ScheduleStep(bootsteps.StartStopStep):
    """Sends the tasks of ``CELERY_BEAT_SCHEDULE`` when they are due, from a thread.

    Each worker does so for itself: there is no process whose death would end the schedule, and
    no file to keep, for every task is due when a worker starts. Celery's own ``--beat`` would
    start a process and write a file.
    """

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self._beat: Any = None

    def start(self, parent: Any) -> None:
        self._beat = EmbeddedService(parent.app, thread=True, scheduler_cls="celery.beat:Scheduler")
        self._beat.start()

    def close(self, parent: Any) -> None:
        """Called before any step is stopped: while ingestion ends, this does too."""
        if self._beat is not None:
            # Its own stop() would wait for as long as the broker is away.
            self._beat.service.stop()

    def stop(self, parent: Any) -> None:
        self.close(parent)
        if self._beat is not None:
            self._beat.join(STOP_WITHIN_S)
            self._beat = None

    def terminate(self, parent: Any) -> None:
        self.stop(parent)
