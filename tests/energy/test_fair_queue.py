"""Who gets a thing next, who is sent away, and that none is lost."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from energy.fair_queue import Busy, FairQueue


def make_queue(*, most_waiting: int = 100, wait_s: float = 20) -> FairQueue[str]:
    return FairQueue(["thing"], most_waiting=most_waiting, wait_s=wait_s)


async def begin(*waits: Coroutine[Any, Any, str]) -> list["asyncio.Task[str]"]:
    """Each of them waits by the time that this returns, in this order."""
    tasks = []
    for wait in waits:
        tasks.append(asyncio.create_task(wait))
        await asyncio.sleep(0)
    return tasks


async def test_those_who_ask_take_turns() -> None:
    queue, served = make_queue(), []

    async def ask(asker: str) -> str:
        thing = await queue.borrow(asker)
        served.append(asker)
        queue.give_back(thing)
        return thing

    thing = await queue.borrow("first")
    tasks = await begin(*map(ask, ["many", "many", "many", "one", "other"]))
    queue.give_back(thing)
    await asyncio.gather(*tasks)
    assert served == ["many", "one", "other", "many", "many"]
    assert queue.waiting == 0


async def test_a_flood_pushes_out_its_own() -> None:
    queue = make_queue(most_waiting=3)
    thing = await queue.borrow("first")
    tasks = await begin(*(queue.borrow("many") for _ in range(3)), queue.borrow("one"))
    with pytest.raises(Busy):
        await tasks[2]
    assert [task.done() for task in tasks] == [False, False, True, False]
    for task in (tasks[0], tasks[3], tasks[1]):
        queue.give_back(thing)
        thing = await task


async def test_nobody_waits_for_ever() -> None:
    queue = make_queue(wait_s=0.01)
    thing = await queue.borrow("first")
    with pytest.raises(Busy):
        await queue.borrow("second")
    queue.give_back(thing)
    assert await queue.borrow("third") == thing
    assert queue.waiting == 0


async def test_what_comes_to_one_who_has_just_left_goes_to_the_next() -> None:
    queue = make_queue()
    thing = await queue.borrow("first")
    leaving, staying = await begin(queue.borrow("leaves"), queue.borrow("stays"))
    queue.give_back(thing)
    leaving.cancel()
    assert await asyncio.wait_for(staying, 10) == thing
    assert leaving.cancelled()
