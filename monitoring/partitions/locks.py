"""Changes of the readings' tables: short locks, one process at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from psycopg2.errors import DeadlockDetected, LockNotAvailable

from monitoring.turns import try_turn

#: Shorter than PostgreSQL's ``deadlock_timeout`` (1 s): whoever waits for whom, it is the change of
#: a table that gives way, not a batch of readings. Others queue behind us no longer than this.
WAIT_AT_MOST_MS = 500


class Busy(Exception):
    """The tables are in use, or another process is changing them; the next run will find a gap."""


@contextmanager
def change_of_tables() -> Iterator[None]:
    """A transaction that changes tables. Raises ``Busy`` rather than make others wait."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if not try_turn("reading partitions"):
                raise Busy("Another process is changing the tables.")
            cursor.execute(f"SET LOCAL lock_timeout = {WAIT_AT_MOST_MS}")
            yield
            cursor.execute("SET LOCAL lock_timeout = DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable | DeadlockDetected):
            raise Busy(str(error).strip().partition("\n")[0]) from error
        raise
