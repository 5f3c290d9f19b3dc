"""A queue for a few things that many want: those who ask often wait behind those who ask seldom.

For the tasks of one event loop.
"""

import asyncio
from collections import deque
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

ThingT = TypeVar("ThingT")


class Busy(Exception):
    """Too many wait already, or the wait was too long."""


class FairQueue(Generic[ThingT]):
    """Lends things, to one asker at a time each.

    Those who ask take turns; ``asker`` is whatever tells them apart. At most ``most_waiting`` wait,
    each for ``wait_s`` at most. When there are more, the last one of the asker with most of them is
    sent away: a flood pushes out its own.
    """

    def __init__(self, things: Iterable[ThingT], *, most_waiting: int, wait_s: float) -> None:
        self._free = list(things)
        self._most_waiting = most_waiting
        self._wait_s = wait_s
        self._waiting: dict[Hashable, deque[asyncio.Future[ThingT]]] = {}
        self._count = 0

    @property
    def waiting(self) -> int:
        return self._count

    async def borrow(self, asker: Hashable) -> ThingT:
        """The thing that was used last, or the next one that is given back. Raises ``Busy``."""
        if self._free:
            return self._free.pop()
        place = self._add(asker)
        try:
            async with asyncio.timeout(self._wait_s):
                return await place
        except TimeoutError:
            self._leave(asker, place)
            raise Busy from None
        except asyncio.CancelledError:
            self._leave(asker, place)
            raise

    def give_back(self, thing: ThingT) -> None:
        """The next asker in turn gets it."""
        while self._waiting:
            asker = next(iter(self._waiting))
            places = self._waiting.pop(asker)
            place = places.popleft()
            self._count -= 1
            if places:
                self._waiting[asker] = places  # behind the others
            if not place.done():
                place.set_result(thing)
                return
        self._free.append(thing)

    def _add(self, asker: Hashable) -> "asyncio.Future[ThingT]":
        place: asyncio.Future[ThingT] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(asker, deque()).append(place)
        self._count += 1
        if self._count > self._most_waiting:
            longest = max(self._waiting, key=lambda each: len(self._waiting[each]))
            last = self._waiting[longest][-1]
            self._remove(longest, last)
            last.set_exception(Busy())
        return place

    def _leave(self, asker: Hashable, place: "asyncio.Future[ThingT]") -> None:
        """Waits no longer. What has come in that very moment goes to the next one."""
        self._remove(asker, place)
        if place.done() and not place.cancelled() and place.exception() is None:
            self.give_back(place.result())

    def _remove(self, asker: Hashable, place: "asyncio.Future[ThingT]") -> None:
        places = self._waiting.get(asker)
        if places is None or place not in places:
            return
        places.remove(place)
        self._count -= 1
        if not places:
            del self._waiting[asker]
