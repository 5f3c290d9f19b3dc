"""Where the thread that receives leaves readings for the thread that stores them."""

import threading
import time
from collections import deque
from dataclasses import dataclass, field

from monitoring.rules.readings import Readings
from monitoring.rules.rejections import Rejection
from monitoring.rules.wire import ParsedMessage

#: So much of the messages themselves is kept until they are stored, for the quarantine.
MOST_ORIGINALS_BYTES = 16 * 2**20


@dataclass
class Batch:
    """Messages that are stored together and acknowledged together."""

    #: The broker session that delivered them: a tag means nothing to another one.
    session: object
    #: When the first message was received (``time.monotonic``).
    received_at_s: float
    readings: Readings = field(default_factory=Readings.none)
    rejections: list[Rejection] = field(default_factory=list)
    tags: list[int | str] = field(default_factory=list)
    originals_bytes: int = 0

    @property
    def entries(self) -> int:
        """How much there is to store."""
        return len(self.readings) + len(self.rejections)


class Buffer:
    """Collects messages into batches of about ``size`` readings.

    A batch is due when it is full, or when its first message has waited ``flush_s``. While one
    is being stored the next ones grow, so batches are as large as the load needs.
    """

    def __init__(self, *, size: int, flush_s: float) -> None:
        self._size = size
        self._flush_s = flush_s
        self._changed = threading.Condition()
        self._batches: deque[Batch] = deque()
        self._taken: Batch | None = None
        self._closed = False

    def add(self, session: object, message: ParsedMessage, tag: int | str) -> None:
        """Adds what a message held. Messages of an earlier session are dropped: they come again."""
        with self._changed:
            if self._batches and self._batches[-1].session is not session:
                self._batches.clear()
            if not self._batches or self._batches[-1].entries >= self._size:
                self._batches.append(Batch(session, time.monotonic()))
                self._changed.notify()
            batch = self._batches[-1]
            self._limit_originals(batch, message.readings.bodies)
            batch.readings.extend(message.readings)
            batch.rejections += message.rejections
            batch.tags.append(tag)
            if batch.entries >= self._size:
                self._changed.notify()

    def take(self) -> Batch | None:
        """Waits until a batch is due and returns it; None when closed and empty."""
        with self._changed:
            self._taken = None
            while not self._is_due():
                if self._closed and not self._batches:
                    return None
                self._changed.wait(self._wait_s())
            self._taken = self._batches.popleft()
            return self._taken

    def close(self) -> None:
        """What has been added is due at once, and ``take`` then returns None."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def oldest_s(self) -> float:
        """For how long the oldest message has been here, the batch being stored included."""
        with self._changed:
            oldest = self._taken or (self._batches[0] if self._batches else None)
            return 0.0 if oldest is None else time.monotonic() - oldest.received_at_s

    def _limit_originals(self, batch: Batch, bodies: list[bytes]) -> None:
        more = sum(map(len, bodies))
        if sum(each.originals_bytes for each in self._batches) + more > MOST_ORIGINALS_BYTES:
            bodies.clear()
        else:
            batch.originals_bytes += more

    def _is_due(self) -> bool:
        if not self._batches:
            return False
        return self._closed or self._batches[0].entries >= self._size or self._wait_s() == 0

    def _wait_s(self) -> float | None:
        if not self._batches:
            return None
        return max(0.0, self._batches[0].received_at_s + self._flush_s - time.monotonic())
