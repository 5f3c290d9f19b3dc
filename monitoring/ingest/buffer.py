"""Where the thread that receives leaves readings for the thread that stores them."""

import threading
import time
from dataclasses import dataclass, field

from monitoring.rules.wire import ParsedMessage, Reading, Rejection


@dataclass
class Batch:
    """Messages that are stored together and acknowledged together."""

    #: The broker session that delivered them: a tag means nothing to another one.
    session: object
    readings: list[Reading] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    tags: list[int | str] = field(default_factory=list)


class Buffer:
    """Collects messages until there are ``size`` readings or the first has waited ``flush_s``.

    While a batch is being stored the next one grows, so batches are as large as the load needs.
    """

    def __init__(self, *, size: int, flush_s: float) -> None:
        self._size = size
        self._flush_s = flush_s
        self._changed = threading.Condition()
        self._batch: Batch | None = None
        self._due_at = 0.0
        self._closed = False

    def add(self, session: object, message: ParsedMessage, tag: int | str) -> None:
        """Adds what a message held. Messages of an earlier session are dropped: they come again."""
        with self._changed:
            batch = self._batch
            if batch is None or batch.session is not session:
                batch = self._batch = Batch(session)
                self._due_at = time.monotonic() + self._flush_s
                self._changed.notify()
            batch.readings += message.readings
            batch.rejections += message.rejections
            batch.tags.append(tag)
            if len(batch.readings) >= self._size:
                self._changed.notify()

    def take(self) -> Batch | None:
        """Waits until a batch is due and returns it; None when closed and empty."""
        with self._changed:
            while not self._is_due():
                if self._closed and self._batch is None:
                    return None
                self._changed.wait(self._wait_s())
            batch, self._batch = self._batch, None
            return batch

    def close(self) -> None:
        """What has been added is due at once, and ``take`` then returns None."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _is_due(self) -> bool:
        batch = self._batch
        if batch is None:
            return False
        full = len(batch.readings) >= self._size
        return full or self._closed or time.monotonic() >= self._due_at

    def _wait_s(self) -> float | None:
        return None if self._batch is None else max(0.0, self._due_at - time.monotonic())
