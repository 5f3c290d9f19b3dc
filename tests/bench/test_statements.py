"""What Django sends to PostgreSQL, counted by the benchmarks."""

import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg2
import pytest
from django.db import connection, connections

from bench.history.statements import NotingCursor, noted_statements, watch_connections


@pytest.fixture
def cursor() -> Iterator[Any]:
    with (
        closing(
            psycopg2.connect(os.environ["DATABASE_URL"], cursor_factory=NotingCursor)
        ) as database,
        database.cursor() as cursor,
    ):
        yield cursor


def test_every_call_that_sends_is_noted(cursor: Any) -> None:
    with noted_statements() as sent:
        cursor.execute("SELECT 1")
        cursor.copy_expert("COPY (SELECT 2) TO STDOUT", io.StringIO())
        cursor.executemany("SELECT %s", [(3,), (4,)])
    assert sent == ["SELECT 1", "COPY (SELECT 2) TO STDOUT", "SELECT %s", "SELECT %s"]


def test_nothing_is_noted_before_and_after(cursor: Any) -> None:
    cursor.execute("SELECT 1")
    with noted_statements() as sent:
        pass
    cursor.execute("SELECT 2")
    assert sent == []


@pytest.mark.django_db
def test_connections_of_djangos_threads_are_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    options = connections.settings["default"].get("OPTIONS", {})
    monkeypatch.setitem(connections.settings["default"], "OPTIONS", {**options})
    watch_connections()
    with noted_statements() as sent, ThreadPoolExecutor(1) as pool:
        pool.submit(_ask_and_close).result()
    assert "SELECT 5" in sent


def _ask_and_close() -> None:
    with closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT 5")
