"""Ingestion as one thing to start and stop: its threads, and what they share."""

import logging
import time

from django.conf import settings

from monitoring import metrics
from monitoring.ingest.buffer import Buffer
from monitoring.ingest.dead_letters import DeadLetters
from monitoring.ingest.deferred import DeferredWriter
from monitoring.ingest.precedence import Precedence
from monitoring.ingest.receiver import Receiver
from monitoring.ingest.writer import Writer
from monitoring.notifications.emails.trigger import EmailTrigger
from monitoring.notifications.hints import HintSender

logger = logging.getLogger(__name__)

#: What is not stored by then is left to the broker, unacknowledged. Celery may take two seconds to
#: notice that it was asked to stop, and all of it is to take ten at most.
STORED_WITHIN_S = 4.5
STOP_WITHIN_S = 6.0
#: For each thread that may still have something to say to Redis or the broker.
LAST_WORDS_S = 0.2


class Ingestion:
    """Stores what the meters publish. Any number of them may run, in any number of processes."""

    def __init__(self) -> None:
        self._buffer = Buffer(
            size=settings.INGEST_BATCH_SIZE, flush_s=settings.INGEST_FLUSH_MS / 1000
        )
        precedence = Precedence()
        self._emails = EmailTrigger()
        self._hints = HintSender(after_hint=self._emails.ask)
        self._receiver = Receiver(
            self._buffer,
            precedence=precedence,
            broker_url=settings.BROKER_URL,
            prefetch=settings.INGEST_PREFETCH,
            heartbeat_s=settings.INGEST_HEARTBEAT_S,
        )
        # In memory there are no dead letters.
        self._dead_letters = (
            None
            if settings.BROKER_URL.startswith("memory:")
            else DeadLetters(broker_url=settings.BROKER_URL)
        )
        self._writer = Writer(
            self._buffer,
            precedence=precedence,
            on_done=self._receiver.on_done,
            on_notified=self._hints.send,
        )

        self._deferred = DeferredWriter(
            is_live_busy=self._buffer.is_busy, on_notified=self._hints.send
        )

    def start(self) -> None:
        """Starts the threads; connecting goes on behind."""
        metrics.watch_oldest_unstored(self._buffer.oldest_s)
        for thread in (self._emails, self._hints, self._deferred, self._writer, self._receiver):
            thread.start()
        if self._dead_letters:
            self._dead_letters.start()

    def stop(self) -> None:
        """Stores and acknowledges what was received, within ``STOP_WITHIN_S`` or little more."""
        started = time.monotonic()
        deadline = started + STOP_WITHIN_S
        if self._dead_letters:
            self._dead_letters.stop()
        self._deferred.stop()
        self._receiver.stop_receiving()
        self._receiver.wait_until_cancelled(timeout_s=2)
        self._buffer.close()
        self._writer.join(max(0.0, started + STORED_WITHIN_S - time.monotonic()))
        self._writer.give_up()
        self._writer.join(LAST_WORDS_S)
        self._deferred.join(LAST_WORDS_S)
        self._receiver.finish()
        self._receiver.join(max(LAST_WORDS_S, deadline - time.monotonic()))
        self._hints.stop(timeout_s=max(LAST_WORDS_S, deadline - time.monotonic()))
        self._emails.stop(timeout_s=max(LAST_WORDS_S, deadline - time.monotonic()))
        metrics.watch_oldest_unstored(None)
        logger.info("Ingestion has stopped.")
