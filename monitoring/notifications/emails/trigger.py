"""Asks for the emails of alerts soon after a peak; the schedule would take up to a minute."""

import logging
import threading
import time

from celery import current_app

logger = logging.getLogger(__name__)

TASK = "monitoring.tasks.send_emails"
#: What happens within this time is planned together: one task, and one email a user.
GATHER_S = 3


class EmailTrigger:
    """Sends the task, but not again before that one has begun: it will see what came meanwhile."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._covered_until_s = 0.0

    def ask(self) -> None:
        """To be called after a peak was stored, from any thread that may wait for the broker."""
        now_s = time.monotonic()
        with self._lock:
            if now_s < self._covered_until_s:
                return
            self._covered_until_s = now_s + GATHER_S
        try:
            current_app.send_task(TASK, countdown=GATHER_S, expires=60, retry=False)
        except Exception as error:
            logger.warning("Emails could not be asked for (%r); the schedule will do it.", error)
