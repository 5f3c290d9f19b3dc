"""The platform: `celery -A energy worker` with every guarantee on, from queue to committed rows."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field

from bench.broker import fill_queue, get_depth, open_channel
from bench.databases import Databases
from bench.failure import BenchFailed
from bench.messages import Backlog
from bench.programs import RECEIVING, Program, worker_arguments
from bench.servers import Servers
from bench.stored import Stored

#: The slowest rate at which waiting still makes sense, in readings a second.
SLOWEST_PER_S = 1_000


@dataclass(frozen=True)
class Run:
    """What one run of a workload gave."""

    readings: int
    seconds: float
    #: CPU seconds by process: worker, postgres, rabbitmq.
    cpu_s: dict[str, float] = field(default_factory=dict)
    peak_memory_mb: float = 0.0
    bytes_a_reading: float = 0.0

    @property
    def per_s(self) -> float:
        return self.readings / self.seconds


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

    The clock starts when the last worker says that it receives; rows that another one has stored
    by then do not count. Raises ``BenchFailed`` unless everything was stored, every peak found
    and told, and every message acknowledged.
    """
    with databases.copied(template) as name, closing(databases.connect(name)) as connection:
        fill_queue(servers.broker_url, backlog.bodies)
        servers.wait_until_quiet()
        stored = Stored(connection)
        before = _count(stored)
        url = databases.url(name)
        with running_workers(workers, database_url=url, settings=settings) as started:
            run = _measure(servers, stored, started, backlog, rows_before=before["readings"])
        _verify(backlog, before, _count(stored))
        _verify_acknowledged(servers)
    return run


def _measure(
    servers: Servers, stored: Stored, workers: list[Program], backlog: Backlog, *, rows_before: int
) -> Run:
    expected = rows_before + backlog.workload.readings
    cpu_before = _cpu_s(servers, workers)
    started_at = max(worker.ready_at for worker in workers)
    if len(workers) > 1:
        started_at = time.perf_counter()
        rows_before = stored.count()
        if expected - rows_before < backlog.workload.readings / 4:
            raise BenchFailed("The backlog was nearly stored before every worker had started.")

    def check() -> None:
        for worker in workers:
            worker.check()

    ended_at = stored.wait_for(
        backlog.last,
        rows=expected,
        within_s=60 + backlog.workload.readings / SLOWEST_PER_S,
        check=check,
    )
    cpu_after = _cpu_s(servers, workers)
    return Run(
        readings=expected - rows_before,
        seconds=ended_at - started_at,
        cpu_s={name: cpu_after[name] - cpu_before[name] for name in cpu_after},
        peak_memory_mb=max(worker.peak_memory_mb() for worker in workers),
        bytes_a_reading=stored.bytes_a_reading(),
    )


def _cpu_s(servers: Servers, workers: list[Program]) -> dict[str, float]:
    return {"worker": sum(worker.cpu_s() for worker in workers), **servers.cpu_s()}


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
