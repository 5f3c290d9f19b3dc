"""Whose turn it is to compute: Python runs one of a worker's threads at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

#: Sorting a batch takes some milliseconds. Whoever needs longer shares the processor.
LONGEST_S = 0.05


class Precedence:
    """Lets the writer begin a batch undisturbed: find and lock its sensors, and sort it.

    Right after a commit both threads want to compute: the writer that, and the receiver parses what
    the broker sends for the acknowledged one. Parsing can wait until PostgreSQL has readings to
    store, which takes longest of all; until then it has little to do.
    """

    def __init__(self) -> None:
        self._is_free = Event()
        self._is_free.set()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Others wait, until the block ends or the precedence is given up."""
        self._is_free.clear()
        try:
            yield
        finally:
            self._is_free.set()

    def give_up(self) -> None:
        """Others may compute now."""
        self._is_free.set()

    def wait(self) -> None:
        """Waits until nobody has precedence; ``LONGEST_S`` at most, and then nobody has."""
        if not self._is_free.wait(LONGEST_S):
            self._is_free.set()
