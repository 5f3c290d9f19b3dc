"""Pages that ask in the same moment share a query, and each gets what is its own."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError

from accounts.models import User
from devices.models import Sensor
from monitoring.notifications import missed
from monitoring.notifications.missed import MOST_TOGETHER, MissedMessages
from monitoring.notifications.outbox import CHUNK, Asked, get_missed_messages
from tests.conftest import Store

Messages = list[list[dict[str, Any]]]


def seqs(pages: Messages) -> list[list[int]]:
    return [[message["seq"] for message in messages] for messages in pages]


@pytest.mark.django_db
def test_each_page_gets_its_own(
    meter: Sensor,
    store: Store,
    alice: User,
    charlie: User,
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    store(meter, (0, 0.0), (60, 5.0), (120, 5.0), (180, 10.0), (240, 10.0), (300, 15.0))
    asked = [Asked(alice.pk, 2), Asked(charlie.pk, 0), Asked(alice.pk, 0), Asked(alice.pk, 3)]
    with django_assert_num_queries(5):
        pages = get_missed_messages(asked=asked)
    assert seqs(pages) == [[3], [], [1, 2, 3], []]
    assert {message["unread_count"] for messages in pages for message in messages} == {3}


@pytest.mark.django_db
def test_page_gets_no_more_than_a_chunk(
    meter: Sensor, store: Store, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert CHUNK > 1
    monkeypatch.setattr("monitoring.notifications.outbox.CHUNK", 2)
    store(meter, (0, 0.0), (60, 5.0), (120, 5.0), (180, 10.0), (240, 10.0), (300, 15.0))
    pages = get_missed_messages(asked=[Asked(alice.pk, 0), Asked(alice.pk, 1)])
    assert seqs(pages) == [[1, 2], [2, 3]]


class Database:
    """Answers each query, when told to, with the number of queries so far."""

    def __init__(self) -> None:
        self.queries: list[list[Asked]] = []
        self.error: Exception | None = None
        self.answers = asyncio.Event()

    async def query(self, function: object, *, asked: list[Asked]) -> Messages:
        self.queries.append(asked)
        await self.answers.wait()
        if self.error:
            raise self.error
        return [[{"seq": len(self.queries)}] for _ in asked]


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Database:
    database = Database()
    monkeypatch.setattr(missed, "query", database.query)
    return database


def ask(pages: MissedMessages, count: int) -> list["asyncio.Task[Any]"]:
    return [asyncio.create_task(pages.get(user_id=n, after_seq=0)) for n in range(count)]


async def test_pages_that_ask_together_share_a_query(database: Database) -> None:
    database.answers.set()
    await asyncio.gather(*ask(MissedMessages(), MOST_TOGETHER + 1))
    assert [len(asked) for asked in database.queries] == [MOST_TOGETHER, 1]


async def test_who_asks_meanwhile_is_answered_by_a_later_query(database: Database) -> None:
    pages = MissedMessages()
    early = ask(pages, 1)
    while not database.queries:
        await asyncio.sleep(0)
    late = ask(pages, 2)
    await asyncio.sleep(0)
    database.answers.set()
    assert seqs(await asyncio.gather(*early, *late)) == [[1], [2], [2]]


async def test_page_that_has_gone_is_no_other_pages_trouble(database: Database) -> None:
    gone, *others = ask(MissedMessages(), 3)
    while not database.queries:
        await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    database.answers.set()
    assert seqs(await asyncio.gather(*others)) == [[1], [1]]


async def test_everybody_hears_that_the_database_is_away_and_may_ask_again(
    database: Database,
) -> None:
    pages = MissedMessages()
    database.answers.set()
    database.error = OperationalError("away")
    told = await asyncio.gather(*ask(pages, 2), return_exceptions=True)
    assert told == [database.error] * 2
    database.error = None
    assert seqs(await asyncio.gather(*ask(pages, 1))) == [[2]]
