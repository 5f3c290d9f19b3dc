"""Notes each statement that Django sends, on whatever connection and by whatever call.

Django's own log (``CaptureQueriesContext``) is that of one connection, and leaves out COPY, by
which the platform reads thousands of rows at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg2.extensions import cursor

_noting: list[list[str]] = []


class NotingCursor(cursor):
    """psycopg2's cursor, which tells of what it sends."""

    def execute(self, query: Any, vars: Any = None) -> None:
        _note(query)
        super().execute(query, vars)

    def executemany(self, query: Any, vars_list: Any) -> None:
        rows = list(vars_list)
        for _ in rows:
            _note(query)
        super().executemany(query, rows)

    def copy_expert(self, sql: Any, file: Any, size: int = 8192) -> None:
        _note(sql)
        super().copy_expert(sql, file, size)


def watch_connections() -> None:
    """From now on, all new connections of Django's are watched."""
    from django.db import connections

    connections.settings["default"].setdefault("OPTIONS", {})["cursor_factory"] = NotingCursor


@contextmanager
def noted_statements() -> Iterator[list[str]]:
    """The statements that are sent inside the block, as they come."""
    sent: list[str] = []
    _noting.append(sent)
    try:
        yield sent
    finally:
        _noting.remove(sent)


def _note(query: object) -> None:
    for sent in _noting:
        sent.append(str(query))
