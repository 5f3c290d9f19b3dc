"""That the worker is about to stop: what takes long asks between two steps of its work."""

import threading
from typing import Any

from celery import bootsteps

_stopping = threading.Event()


def is_stopping() -> bool:
    """Whether this process is a worker that is about to stop, and waits for its tasks to end."""
    return _stopping.is_set()


def wait_for_stop(*, within_s: float) -> None:
    """Waits, but no longer than until the worker is about to stop."""
    _stopping.wait(within_s)


class StoppingStep(bootsteps.StartStopStep):
    """Makes ``is_stopping`` true as soon as the worker begins to stop."""

    def start(self, parent: Any) -> None:
        _stopping.clear()

    def close(self, parent: Any) -> None:
        """Called before any step is stopped, also when that is not to be a gentle stop."""
        _stopping.set()
