"""Where the thread that receives leaves readings for the thread that stores them."""

import threading
import time
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from monitoring.rules.readings import Readings
from monitoring.rules.rejections import Rejection
from monitoring.rules.wire import ParsedMessage, parse_message

#: So much of the messages themselves is kept until they are stored, for the quarantine.
MOST_ORIGINALS_BYTES = 8 * 2**20

#: So many rejections wait as they are, most of a kilobyte each. Of more, the message waits.
MOST_REJECTIONS = 2_000


class Postponed(NamedTuple):
    """A message with bad readings that is judged again when they are stored.

    Compressed: a fleet that is set up wrongly sends as much as a good one, and no bad reading is
    as small as a good one.
    """

    body: bytes
    now_us: int

    def list_rejections(self) -> list[Rejection]:
        """What was wrong with it when it came."""
        return parse_message(zlib.decompress(self.body), now_us=self.now_us).rejections


class Rejections:
    """What was wrong with the messages of a batch when they came.

    Each iteration judges the postponed messages again, one after the other: all rejections of a
    large batch at once would be tens of megabytes.
    """

    def __init__(self) -> None:
        self.ready: list[Rejection] = []
        self.postponed: list[Postponed] = []
        self._postponed_count = 0

    def add(self, found: list[Rejection]) -> None:
        """Keeps them as they are."""
        self.ready += found

    def postpone(self, message: ParsedMessage, body: bytes) -> None:
        """Keeps the message instead."""
        self.postponed.append(Postponed(zlib.compress(body, level=1), message.now_us))
        self._postponed_count += len(message.rejections)

    def __len__(self) -> int:
        return len(self.ready) + self._postponed_count

    def __iter__(self) -> Iterator[Rejection]:
        yield from self.ready
        for message in self.postponed:
            yield from message.list_rejections()


@dataclass
class Batch:
    """Messages that are stored together and acknowledged together."""

    #: The broker session that delivered them: a tag means nothing to another one.
    session: object
    #: When the first message was received (``time.monotonic``).
    received_at_s: float
    #: Since when the oldest one waits, in the broker too as far as that is known.
    waiting_since_s: float
    readings: Readings = field(default_factory=Readings.none)
    rejections: Rejections = field(default_factory=Rejections)
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

    def add(
        self, session: object, message: ParsedMessage, tag: int | str, *, waited_s: float = 0.0
    ) -> None:
        """Adds what a message held, which has waited for so long before it was received.

        Messages of an earlier session are dropped: they come again.
        """
        with self._changed:
            if self._batches and self._batches[-1].session is not session:
                self._batches.clear()
            if not self._batches or self._batches[-1].entries >= self._size:
                now_s = time.monotonic()
                self._batches.append(Batch(session, now_s, now_s))
                self._changed.notify()
            batch = self._batches[-1]
            if waited_s:
                since_s = time.monotonic() - waited_s
                batch.waiting_since_s = min(batch.waiting_since_s, since_s)
            if message.rejections:
                self._add_rejections(batch, message)
            self._limit_originals(batch, message.readings.bodies)
            batch.readings.extend(message.readings)
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

    def is_busy(self) -> bool:
        """Whether readings wait or are being stored."""
        return bool(self._taken or self._batches)

    def oldest_s(self) -> float:
        """For how long the oldest message has waited, the batch being stored included."""
        with self._changed:
            batches = [self._taken, *self._batches] if self._taken else self._batches
            now_s = time.monotonic()
            return now_s - min((each.waiting_since_s for each in batches), default=now_s)

    def _add_rejections(self, batch: Batch, message: ParsedMessage) -> None:
        waiting = sum(len(each.rejections.ready) for each in self._batches)
        # What is no JSON at all has no readings and one rejection, which is small.
        if message.readings.bodies and waiting + len(message.rejections) > MOST_REJECTIONS:
            batch.rejections.postpone(message, message.readings.bodies.pop())
        else:
            batch.rejections.add(message.rejections)

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
