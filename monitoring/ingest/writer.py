"""The thread that stores: one batch after the other, each until it is stored."""

import logging
import random
import threading
from collections.abc import Callable
from enum import Enum

from django.db import connection

from monitoring.ingest.buffer import Batch, Buffer
from monitoring.ingest.deferred import Room
from monitoring.ingest.precedence import Precedence
from monitoring.ingest.salvage import NOT_THE_READINGS, store_or_quarantine
from monitoring.ingest.states import SensorKeys

logger = logging.getLogger(__name__)

FIRST_RETRY_S = 0.2
LAST_RETRY_S = 10.0


class Outcome(Enum):
    """What the broker may do with the messages of a batch."""

    STORED = "acknowledge"
    DEAD = "move to the dead letters"
    ABANDONED = "deliver again"


class Writer(threading.Thread):
    """Takes batches from a buffer and stores them until the buffer is closed and empty.

    It ends too with the first batch that it has given up: what came after goes to the broker again.
    """

    def __init__(
        self,
        buffer: Buffer,
        *,
        precedence: Precedence,
        on_done: Callable[[Batch, Outcome], None],
        on_notified: Callable[[frozenset[int]], None],
    ) -> None:
        super().__init__(name="ingest-writer", daemon=True)
        self._buffer = buffer
        self._precedence = precedence
        self._on_done = on_done
        self._on_notified = on_notified
        self._give_up = threading.Event()
        self._keys = SensorKeys()
        self._room = Room()

    def run(self) -> None:
        """Stores batches until there are no more."""
        try:
            while batch := self._buffer.take():
                outcome = self._store_until_stored(batch)
                self._on_done(batch, outcome)
                if outcome is Outcome.ABANDONED:
                    return  # to acknowledge a later batch would acknowledge this one as well
        finally:
            connection.close()

    def give_up(self) -> None:
        """Ends the retries: what is not stored now is left to the broker."""
        self._give_up.set()

    def _store(self, batch: Batch) -> None:
        parts = store_or_quarantine(
            batch.readings,
            batch.rejections,
            keys=self._keys,
            may_defer=self._room.is_left(),
            on_sorted=self._precedence.give_up,
        )
        for stored in parts:
            if stored.notified_user_ids:
                self._on_notified(stored.notified_user_ids)

    def _store_until_stored(self, batch: Batch) -> Outcome:
        retry_s = FIRST_RETRY_S
        while True:
            try:
                with self._precedence.taken():
                    self._store(batch)
            except NOT_THE_READINGS as error:
                connection.close()
                logger.warning(
                    "The database does not take readings (%s); %d wait, next try in %.1f s.",
                    str(error).strip().splitlines()[0] if str(error).strip() else repr(error),
                    len(batch.readings),
                    retry_s,
                )
            except Exception:
                logger.exception(
                    "%d messages can be neither stored nor quarantined.", len(batch.tags)
                )
                return Outcome.DEAD
            else:
                return Outcome.STORED
            if self._give_up.wait(retry_s * random.uniform(0.5, 1.0)):
                return Outcome.ABANDONED
            retry_s = min(retry_s * 2, LAST_RETRY_S)
