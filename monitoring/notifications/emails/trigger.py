"""Asks for the emails of alerts soon after a peak; the schedule would take up to a minute."""

import logging
import threading
import time

from celery import current_app

logger = logging.getLogger(__name__)

TASK = "monitoring.tasks.send_emails"
#: What happens within this time is planned together: one task, and one email a user.
GATHER_S = 3


class EmailTrigger(threading.Thread):
    """Sends the task, but not again before that one has begun: it will see what came meanwhile.

    From a thread of its own that the process does not wait for when it ends: a broker that hangs
    keeps the thread for as long as it likes.
    """

    def __init__(self) -> None:
        super().__init__(name="ingest-emails", daemon=True)
        self._lock = threading.Lock()
        self._covered_until_s = 0.0
        self._changed = threading.Event()
        self._is_asked = False
        self._is_stopping = False

    def ask(self) -> None:
        """To be called after a peak was stored, from any thread. Waits for nothing."""
        now_s = time.monotonic()
        with self._lock:
            if now_s < self._covered_until_s:
                return
            self._covered_until_s = now_s + GATHER_S
        self._is_asked = True
        self._changed.set()

    def stop(self, *, timeout_s: float) -> None:
        """Sends what was asked for and ends the thread, unless that takes longer."""
        self._is_stopping = True
        self._changed.set()
        self.join(timeout_s)

    def run(self) -> None:
        """Sends the task when it is asked for, until stopped."""
        while self._is_asked or not self._is_stopping:
            self._changed.wait()
            self._changed.clear()
            if self._is_asked:
                self._is_asked = False
                self._send()

    def _send(self) -> None:
        try:
            current_app.send_task(TASK, countdown=GATHER_S, expires=60, retry=False)
        except Exception as error:
            logger.warning("Emails could not be asked for (%r); the schedule will do it.", error)
