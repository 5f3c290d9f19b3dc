"""Publishes readings when they are due, until there are no more or it is asked to stop."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event
from typing import Protocol

from sensor_sim.confirming import Wait
from sensor_sim.meter import Reading

Clock = Callable[[], datetime]

KEEP_ALIVE_SECONDS = 5.0


def utc_now() -> datetime:
    """The present, timezone-aware."""
    return datetime.now(UTC)


class ReadingPublisher(Protocol):
    """Where readings go; a ``ConfirmingPublisher``, or a test's own."""

    def publish(self, readings: Sequence[Reading]) -> bool:
        """Publishes one message; false if it was asked to stop before it was done."""

    def keep_alive(self) -> None:
        """Is called every few seconds while no reading is due."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How simulated time passes: ``speed`` simulated seconds in a second, from ``simulated_start``.

    A reading is due when simulated time has reached it, but never before its time has really come:
    once a fast simulation has caught up with the present, it goes on in real time.
    """

    speed: float
    simulated_start: datetime
    real_start: datetime

    def due_at(self, measured_at: datetime) -> datetime:
        """The real time at which a reading of ``measured_at`` is to be published."""
        elapsed = (measured_at - self.simulated_start) / self.speed
        return max(measured_at, self.real_start + elapsed)


@dataclass(frozen=True, kw_only=True)
class _Timing:
    """The clock, and how to wait."""

    pace: Pace | None
    clock: Clock
    wait: Wait

    def seconds_until_due(self, reading: Reading) -> float:
        measured_at = reading.measured_at
        due_at = self.pace.due_at(measured_at) if self.pace else measured_at
        return (due_at - self.clock()).total_seconds()


def run_simulation(  # noqa: PLR0913 - keyword-only, with defaults
    readings: Iterable[Reading],
    *,
    publisher: ReadingPublisher,
    stop: Event,
    pace: Pace | None = None,
    batch_size: int = 1,
    on_published: Callable[[Sequence[Reading]], object] = lambda readings: None,
    clock: Clock = utc_now,
    wait: Wait | None = None,
) -> None:
    """Publishes ``readings`` in their order, up to ``batch_size`` in a message, until ``stop``.

    A message goes out as soon as it is full or no further reading is due yet. Without ``pace``
    readings of the past go out as fast as the publisher takes them, later ones at their time.
    ``on_published`` is called after each confirmed message. ``wait`` is ``stop.wait`` if not given.
    Handles no signals: it can run in any thread.
    """
    timing = _Timing(pace=pace, clock=clock, wait=wait or stop.wait)
    for message in _due_messages(readings, batch_size, timing, publisher):
        if stop.is_set() or not publisher.publish(message):
            return
        on_published(message)


def _due_messages(
    readings: Iterable[Reading], batch_size: int, timing: _Timing, publisher: ReadingPublisher
) -> Iterator[list[Reading]]:
    """Yields each message when its newest reading is due; ends early if asked to stop."""
    message: list[Reading] = []
    for reading in readings:
        if timing.seconds_until_due(reading) > 0:
            if message:
                yield message
                message = []
            if _wait_until_due(reading, timing, publisher):
                return
        message.append(reading)
        if len(message) == batch_size:
            yield message
            message = []
    if message:
        yield message


def _wait_until_due(reading: Reading, timing: _Timing, publisher: ReadingPublisher) -> bool:
    """True if asked to stop meanwhile."""
    while (seconds := timing.seconds_until_due(reading)) > 0:
        if timing.wait(min(seconds, KEEP_ALIVE_SECONDS)):
            return True
        publisher.keep_alive()
    return False
