"""Publishing until it is confirmed, whatever the way: nothing is lost, a duplicate may happen."""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from threading import Event
from types import TracebackType
from typing import Self

from sensor_sim.meter import Reading
from sensor_sim.wire import encode_readings, routing_key

Wait = Callable[[float], bool]
"""Waits for some seconds, or until asked to stop; true if asked to stop."""

Report = Callable[[str], None]

FIRST_RETRY_SECONDS = 0.5
LONGEST_RETRY_SECONDS = 10.0
CONFIRM_TIMEOUT_SECONDS = 10.0


def ignore(line: str) -> None:
    """Reports to nobody."""


class ConfirmingPublisher(ABC):
    """Publishes readings, one confirmed message after the other, and counts what is confirmed.

    ``publish`` comes back when the other side has the message safe, however long that takes, or
    when ``stop`` is set. Each trouble is told to ``report`` in one line when it begins and one when
    it is over. Not thread-safe: each thread has a publisher of its own.
    """

    def __init__(self, *, stop: Event, report: Report = ignore, wait: Wait | None = None) -> None:
        self.confirmed_messages = 0
        self.confirmed_readings = 0
        self.retries = 0
        self._stop = stop
        self._wait = wait or stop.wait
        self._report = report
        self._trouble: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def confirms(self) -> bool:
        """Whether the other side confirms messages at all."""
        return True

    def publish(self, readings: Sequence[Reading]) -> bool:
        """Publishes one message; true when it is confirmed, false if stopped before.

        Raises ``ValueError`` if the readings do not fit into one message.
        """
        body, key = encode_readings(readings), routing_key(readings)
        for delay_seconds in _retry_delays():
            if self._stop.is_set():
                return False
            if self._try_to_send(body, key):
                break
            self.retries += 1
            if self._hold(delay_seconds):
                return False
        self.confirmed_messages += 1
        self.confirmed_readings += len(readings)
        return True

    @abstractmethod
    def keep_alive(self) -> None:
        """To be called every few seconds between messages."""

    @abstractmethod
    def close(self) -> None:
        """Ends the connection, without waiting long for an answer."""

    @abstractmethod
    def _try_to_send(self, body: bytes, key: str) -> bool:
        """Sends a message; true when it is confirmed, false if it must be sent again."""

    def _hold(self, delay_seconds: float) -> bool:
        """Waits before the next try; true if asked to stop."""
        return self._wait(delay_seconds)

    def _begin_trouble(self, kind: str, line: str) -> None:
        if kind != self._trouble:
            self._trouble = kind
            self._report(line)

    def _end_trouble(self, line: str) -> None:
        if self._trouble is not None:
            self._trouble = None
            self._report(line)


def _retry_delays() -> Iterator[float]:
    """Doubling up to a cap; up to half is left out at random: meters must not retry as one."""
    delay_seconds = FIRST_RETRY_SECONDS
    while True:
        yield delay_seconds * random.uniform(0.5, 1.0)
        delay_seconds = min(2 * delay_seconds, LONGEST_RETRY_SECONDS)
