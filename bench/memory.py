"""The worker's memory while the database is locked and the largest messages allowed pile up."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import chain

import orjson

from bench.broker import fill_queue
from bench.clock import patience_s
from bench.databases import Databases
from bench.figures import Figure
from bench.messages import INTERVAL_US, Sent, encode_all, readings, register_kwh
from bench.ours import running_workers
from bench.programs import Program
from bench.rounds import Runs
from bench.stage import Stage
from bench.stored import Stored

SENSORS = 1_000  # as many readings as a message may hold
MOST_MB = 200.0
POLL_S = 0.1


def measure_locked(stage: Stage, *, spoiled: bool = False) -> Figure:
    """The most memory in MB, from the worker's start until it has stored what had piled up.

    ``spoiled``: of the readings in a message all but the last are bad.
    """
    databases, sizes = stage.databases, stage.sizes
    steps = range(sizes.maximal_messages)
    start_us = stage.end_us - (len(steps) - 1) * INTERVAL_US
    sent = readings(SENSORS, steps, start_us=start_us)
    last = Sent(SENSORS - 1, stage.end_us, register_kwh(SENSORS - 1, steps[-1]))
    bodies = encode_all(sent, per_message=SENSORS)
    rows = len(steps) if spoiled else SENSORS * len(steps)
    with (
        databases.copied(stage.templates.fleet(SENSORS)) as name,
        closing(databases.connect(name)) as connection,
    ):
        fill_queue(stage.servers.broker_url, map(_spoil, bodies) if spoiled else bodies)
        stored = Stored(connection)
        url = databases.url(name)
        with _locked(databases, name) as unlock, running_workers(1, database_url=url) as (worker,):
            _watch_for(sizes.locked_s, worker)
            unlock()
            patience = patience_s(SENSORS * len(steps))
            stored.wait_for(last, rows=rows, within_s=patience, check=worker.check)
            peak_mb = worker.peak_memory_mb()
    kind = "largest messages, almost all of it bad" if spoiled else "largest messages"
    return Figure(f"memory of the worker, database locked, {kind}", "MB", [peak_mb])


def _spoil(body: bytes) -> bytes:
    *most, last = orjson.loads(body)
    no_offset = [{**item, "timestamp": "2026-03-10T12:00:00"} for item in most]
    return orjson.dumps([*no_offset, last])


def get_worker_memory(runs: Runs, *locked: Figure) -> Figure:
    """The most memory that any worker had: with each backlog, and with a locked database."""
    peaks_mb = [
        run.peak_memory_mb
        for name, taken in runs.items()
        if name.split(".")[1] in {"ours", "two", "full", "summed"}
        for run in taken
        if run.peak_memory_mb is not None
    ]
    most_mb = max([*peaks_mb, *chain.from_iterable(figure.values for figure in locked)])
    return Figure("memory of a worker, at most", "MB", [most_mb], at_most=MOST_MB)


def _watch_for(seconds: float, worker: Program) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        worker.check()
        time.sleep(POLL_S)


@contextmanager
def _locked(databases: Databases, name: str) -> Iterator[Callable[[], None]]:
    """Nobody reads or writes a reading, good or bad, until the function given is called."""
    with closing(databases.connect(name)) as connection:
        connection.autocommit = False
        tables = "monitoring_reading, monitoring_quarantinedreading, monitoring_quarantinetally"
        connection.cursor().execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
        yield connection.rollback
