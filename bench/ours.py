"""The platform: `celery -A energy worker` with every guarantee on, from queue to committed rows."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from bench.broker import fill_queue, get_depth, open_channel
from bench.clock import Run, measure
from bench.databases import Databases
from bench.failure import BenchFailed
from bench.messages import Backlog
from bench.programs import RECEIVING, Program, worker_arguments
from bench.servers import Servers
from bench.stored import Stored


@contextmanager
def running_workers(
    count: int, *, database_url: str, settings: dict[str, str] | None = None
) -> Iterator[list[Program]]:
    """Workers on a database; all of them receive when the block begins."""
    environment = {**os.environ, "DATABASE_URL": database_url, **(settings or {})}
    with ExitStack() as stack:
        workers = []
        for number in range(count):
            worker = Program(worker_arguments(number), ready=RECEIVING, environment=environment)
            stack.callback(worker.stop)
            workers.append(worker)
        for worker in workers:
            worker.wait_until_ready()
        yield workers


def store_backlog(  # noqa: PLR0913 - keyword-only, with defaults
    servers: Servers,
    databases: Databases,
    backlog: Backlog,
    *,
    template: str,
    workers: int = 1,
    settings: dict[str, str] | None = None,
) -> Run:
    """Fills the queue, starts the workers, and takes the time until the last row is committed.

    Raises ``BenchFailed`` unless everything was stored, every peak found
    and told, and every message acknowledged.
    """
    with databases.copied(template) as name, closing(databases.connect(name)) as connection:
        fill_queue(servers.broker_url, backlog.bodies)
        servers.wait_until_quiet()
        stored = Stored(connection)
        before = _count(stored)
        url = databases.url(name)
        with running_workers(workers, database_url=url, settings=settings) as started:
            run = measure(servers, stored, started, backlog, rows_before=before["readings"])
        _verify(backlog, before, _count(stored))
        _verify_acknowledged(servers)
    return run


def _count(stored: Stored) -> dict[str, int]:
    tables = {
        "readings": "monitoring_reading",
        "exceedances": "monitoring_exceedance",
        "peaks": "monitoring_peak",
        "notifications": "monitoring_notification",
        "quarantined": "monitoring_quarantinedreading",
    }
    return {
        name: int(stored.value(f"SELECT count(*) FROM {table}")) for name, table in tables.items()
    }


def _verify(backlog: Backlog, before: dict[str, int], after: dict[str, int]) -> None:
    """That every guarantee was on: each reading stored, each peak found and told."""
    expected = {
        "readings": backlog.workload.readings,
        "exceedances": backlog.peaks,
        "peaks": backlog.peaks,
        "notifications": backlog.peaks,
        "quarantined": 0,
    }
    found = {name: after[name] - before[name] for name in after}
    if found != expected:
        raise BenchFailed(f"The worker stored {found}, not {expected}.")


def _verify_acknowledged(servers: Servers) -> None:
    """What a worker that has ended had not acknowledged is in the queue again."""
    with open_channel(servers.broker_url) as channel:
        left = get_depth(channel).messages
    if left:
        raise BenchFailed(f"{left} messages were stored but not acknowledged.")
