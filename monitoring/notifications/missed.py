"""What open pages have not been told yet: one query for all pages that ask in the same moment.

A thousand pages that get an alert together would otherwise wait for a thousand queries in a row.
"""

import asyncio
from typing import Any, NamedTuple

from monitoring.notifications.kept_connection import query
from monitoring.notifications.outbox import Asked, get_missed_messages

#: Pages that share a query. A page gets its answer when all of them have theirs.
MOST_TOGETHER = 200

Messages = list[dict[str, Any]]


class _Waiting(NamedTuple):
    asked: Asked
    answer: "asyncio.Future[Messages]"


class MissedMessages:
    """Answers the pages of this process."""

    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []
        self._task: asyncio.Task[None] | None = None

    async def get(
        self, *, user_id: int, after_seq: int, after_change: int | None = None
    ) -> Messages:
        """The next messages for a page, oldest first, read after this call; none: it has all.

        Raises ``django.db.Error`` if the database is away.
        """
        answer: asyncio.Future[Messages] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(Asked(user_id, after_seq, after_change), answer))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._answer_all())
        return await answer

    async def _answer_all(self) -> None:
        while self._waiting:
            some, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
            try:
                found = await query(get_missed_messages, asked=[each.asked for each in some])
            except Exception as error:
                for each in some:
                    if not each.answer.done():  # the page may have gone
                        each.answer.set_exception(error)
            else:
                for each, messages in zip(some, found, strict=True):
                    if not each.answer.done():
                        each.answer.set_result(messages)


missed_messages = MissedMessages()
