"""Asks a Django of its own for the history, without a network: `python -m bench.history.asker`.

Takes a session, addresses by their keys and the number of requests as JSON from its input, and
prints what it has measured. The whole of Django's handling is in it: all middleware, session or
token, the view, the answer as bytes.
"""

import os
import sys
import time
from typing import Any

import orjson

from bench.failure import BenchFailed
from bench.history.naive import ask_naively
from bench.history.statements import noted_statements, watch_connections

WARM_UP = 5

#: Of the months' partitions; one that has hardly begun is rightly read as a whole.
_SCANS = """
    SELECT relname, seq_scan FROM pg_stat_user_tables
    WHERE relid IN (SELECT relid FROM pg_partition_tree('monitoring_reading'))
      AND n_live_tup > 1000
"""
_BUFFERS = """
    SELECT sum(coalesce(heap_blks_hit, 0) + coalesce(heap_blks_read, 0)
             + coalesce(idx_blks_hit, 0) + coalesce(idx_blks_read, 0)
             + coalesce(toast_blks_hit, 0) + coalesce(toast_blks_read, 0)
             + coalesce(tidx_blks_hit, 0) + coalesce(tidx_blks_read, 0))
    FROM pg_statio_user_tables
"""


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "energy.settings")
    django.setup()
    watch_connections()
    asked = orjson.loads(sys.stdin.buffer.read())
    try:
        sys.stdout.buffer.write(orjson.dumps(ask_all(asked)))
    except BenchFailed as failure:
        sys.exit(str(failure))


def ask_all(asked: dict[str, Any]) -> dict[str, Any]:
    """Milliseconds, buffers and statements of each address; of the naive query, if asked for."""
    client = _client(asked)
    before = _counted_scans()
    found = {key: _ask(client, path, asked["requests"]) for key, path in asked["paths"].items()}
    after = _counted_scans()
    scanned = sorted(table for table, scans in after.items() if scans > before.get(table, 0))
    if scanned:
        raise BenchFailed(f"A page or an answer has read all readings of {', '.join(scanned)}.")
    naive = asked.get("naive")
    return {"answers": found, "naive": ask_naively(naive) if naive else None}


def _client(asked: dict[str, Any]) -> Any:
    from django.conf import settings
    from django.test import Client

    client = Client(SERVER_NAME="127.0.0.1")
    client.cookies[settings.SESSION_COOKIE_NAME] = asked["session"]
    return client


def _ask(client: Any, path: str, requests: int) -> dict[str, Any]:
    for _ in range(WARM_UP):
        _get(client, path)
    took_ms = []
    for _ in range(requests):
        started = time.perf_counter()
        _get(client, path)
        took_ms.append((time.perf_counter() - started) * 1_000)
    before = _counted_buffers()
    with noted_statements() as statements:
        _get(client, path)
    return {
        "ms": took_ms,
        "buffers": _counted_buffers() - before,
        "statements": len(statements),
    }


def _get(client: Any, path: str) -> None:
    response = client.get(path)
    if response.status_code != 200:
        raise BenchFailed(f"{path} was answered with {response.status_code}.")


def _counted_scans() -> dict[str, int]:
    """Sequential scans so far of the readings' tables."""
    return dict(_statistics(_SCANS))


def _counted_buffers() -> int:
    """Pages of user tables and their indexes that were looked at, in memory or not."""
    ((buffers,),) = _statistics(_BUFFERS)
    return int(buffers)


def _statistics(query: str) -> list[Any]:
    """What PostgreSQL has counted, with all that this connection did."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(query)
        return list(cursor.fetchall())


if __name__ == "__main__":
    main()
