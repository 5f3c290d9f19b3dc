"""Work that one process does at a time: scheduled tasks, of which every worker has its own."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import Error, connection

_KEY = "hashtextextended(%s, 0)"


def try_turn(name: str) -> bool:
    """Takes the turn of this name until the transaction ends; False if another one has it.

    Must be called in a transaction. Nobody waits: who does not get the turn leaves the work to who
    has it, or to the next run.
    """
    return _ask(f"pg_try_advisory_xact_lock({_KEY})", name)


def wait_for_turn(name: str) -> None:
    """Takes the turn of this name until the transaction ends, when nobody else has it any more.

    Must be called in a transaction.
    """
    _ask(f"pg_advisory_xact_lock({_KEY})", name)


@contextmanager
def long_turn(name: str) -> Iterator[bool]:
    """Takes the turn of this name for work of many transactions; False if another one has it.

    It ends with the block, or with the connection to the database: who loses that has lost the
    turn too.
    """
    is_ours = _ask(f"pg_try_advisory_lock({_KEY})", name)
    try:
        yield is_ours
    finally:
        if is_ours:
            with suppress(Error):  # without its connection there is nothing to give back
                _ask(f"pg_advisory_unlock({_KEY})", name)


def _ask(call: str, name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {call}", [name])
        (answer,) = cursor.fetchone()
    return bool(answer)
