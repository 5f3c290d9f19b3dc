"""A user has one export at a time, however many web servers there are."""

from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import Error, connection

from accounts.models import User
from monitoring.models import RunningExport

#: From the request to the first piece; a client that leaves in between waits no longer than this.
TO_BEGIN = timedelta(seconds=30)
#: From one piece to the next: a slow reader's patience (two minutes), and the time to write one.
TO_GO_ON = timedelta(minutes=4)
RENEWED_EVERY = timedelta(seconds=30)
#: When to ask again: a year of quarter hours is sent in this time.
RETRY_AFTER_S = 10

_TAKE = """
    INSERT INTO monitoring_runningexport (user_id, key, until) VALUES (%s, %s, %s)
    ON CONFLICT (user_id) DO UPDATE SET key = excluded.key, until = excluded.until
    WHERE monitoring_runningexport.until <= %s
"""


class ExportRunning(Exception):
    """Another export of the user is being sent."""


class ExportTurn:
    """A user's turn. Raises ``ExportRunning`` if another export has it."""

    def __init__(self, *, user: User, now: datetime) -> None:
        self._key = uuid4()
        self._renewed_at: datetime | None = None
        if not _take(user, self._key, now):
            raise ExportRunning

    def keep(self, *, now: datetime) -> None:
        """Says that the export goes on."""
        if self._renewed_at is None or now - self._renewed_at >= RENEWED_EVERY:
            RunningExport.objects.filter(key=self._key).update(until=now + TO_GO_ON)
            self._renewed_at = now

    def end(self) -> None:
        """Gives the turn back. Without the database it ends by itself, some minutes later."""
        with suppress(Error):
            RunningExport.objects.filter(key=self._key).delete()


def _take(user: User, key: UUID, now: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [user.pk, key, now + TO_BEGIN, now])
        return bool(cursor.rowcount)
