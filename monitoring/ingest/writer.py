"""The thread that stores: one batch after the other, each until it is stored."""

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from enum import Enum

from django.db import (
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    connection,
)
from django.utils import timezone

from monitoring.ingest.buffer import Batch, Buffer
from monitoring.ingest.store import store_batch
from monitoring.rules.wire import Reading, Rejection, Unacceptable, encode_reading, reject

logger = logging.getLogger(__name__)

#: The database is away, full, read-only or not migrated: the readings are not to blame.
NOT_THE_READINGS = (
    OperationalError,
    InterfaceError,
    InternalError,
    ProgrammingError,
    NotSupportedError,
)

FIRST_RETRY_S = 0.2
LAST_RETRY_S = 10.0


class Outcome(Enum):
    """What the broker may do with the messages of a batch."""

    STORED = "acknowledge"
    DEAD = "move to the dead letters"
    ABANDONED = "deliver again"


class Writer(threading.Thread):
    """Takes batches from a buffer and stores them until the buffer is closed and empty."""

    def __init__(
        self,
        buffer: Buffer,
        *,
        on_done: Callable[[Batch, Outcome], None],
        on_notified: Callable[[frozenset[int]], None],
    ) -> None:
        super().__init__(name="ingest-writer", daemon=True)
        self._buffer = buffer
        self._on_done = on_done
        self._on_notified = on_notified
        self._give_up = threading.Event()

    def run(self) -> None:
        """Stores batches until there are no more."""
        try:
            while batch := self._buffer.take():
                self._on_done(batch, self._store_until_stored(batch))
        finally:
            connection.close()

    def give_up(self) -> None:
        """Ends the retries: what is not stored now is left to the broker."""
        self._give_up.set()

    def _store_until_stored(self, batch: Batch) -> Outcome:
        retry_s = FIRST_RETRY_S
        while True:
            try:
                self._store(batch.readings, batch.rejections)
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

    def _store(self, readings: Sequence[Reading], rejections: Sequence[Rejection]) -> None:
        """Stores a batch; if something in it cannot be stored, finds that by halves.

        Halves may be committed one by one: the messages are acknowledged after the last.
        """
        try:
            started = time.perf_counter()
            stored = store_batch(readings, rejections, now=timezone.now())
        except NOT_THE_READINGS:
            raise
        except Exception as error:
            if len(readings) > 1:
                middle = len(readings) // 2
                self._store(readings[:middle], rejections)
                self._store(readings[middle:], ())
            elif readings:
                logger.warning("A reading cannot be stored: %r", error)
                self._store((), [*rejections, _not_storable(readings[0], error)])
            else:
                raise
        else:
            logger.debug("Stored %s in %.3f s.", stored, time.perf_counter() - started)
            if stored.notified_user_ids:
                self._on_notified(stored.notified_user_ids)


def _not_storable(reading: Reading, error: Exception) -> Rejection:
    # PostgreSQL refuses NUL in text, so the error is kept as ASCII.
    detail = ascii(str(error).strip())[1:-1][:500]
    return reject(
        Unacceptable("not_storable", detail), encode_reading(reading), reading.sensor_uuid
    )
