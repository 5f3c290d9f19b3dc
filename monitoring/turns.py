"""Work that one process does at a time: scheduled tasks, of which every worker has its own."""

from django.db import connection


def try_turn(name: str) -> bool:
    """Takes the turn of this name until the transaction ends; False if another one has it.

    Must be called in a transaction. Nobody waits: who does not get the turn leaves the work to who
    has it, or to the next run.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        (is_ours,) = cursor.fetchone()
    return bool(is_ours)
