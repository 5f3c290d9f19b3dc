"""Short queries of the sockets, over a database connection that is kept.

Channels' own ``database_sync_to_async`` closes the connection after each call unless connections
persist everywhere, which Django advises against under ASGI: requests come from many threads. The
sockets of a process share one thread, so one connection serves them all.
"""

from collections.abc import Callable
from typing import TypeVar

from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError, connection

ResultT = TypeVar("ResultT")


async def query(function: Callable[..., ResultT], **arguments: object) -> ResultT:
    """Calls a function that reads the database, and once more if the connection was lost.

    Raises ``django.db.Error`` if the database is away.
    """
    return await sync_to_async(_on_kept_connection)(function, arguments)


def _on_kept_connection(function: Callable[..., ResultT], arguments: dict[str, object]) -> ResultT:
    try:
        return function(**arguments)
    except (InterfaceError, OperationalError):
        connection.close()  # the next query opens another
        return function(**arguments)
