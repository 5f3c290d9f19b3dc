"""Runs the baseline, as the platform is run: a backlog first, then the program, then the clock."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any, cast

import orjson
from celery import Celery
from kombu import Connection, Queue

from bench.broker import fill_queue
from bench.clock import Run, measure
from bench.databases import Databases
from bench.failure import BenchFailed
from bench.messages import Backlog, count_peaks
from bench.programs import RECEIVING, running
from bench.servers import Servers
from bench.stored import Stored

SETTINGS = {"DJANGO_SETTINGS_MODULE": "bench.baseline.settings"}
TABLE = "baseline_measurement"
TASK_QUEUE = "bench.baseline"
TASK = "baseline.store_reading"


class FirstTry:
    """The baseline's two forms, each on a copy of a database with a fleet and its tables."""

    def __init__(self, servers: Servers, databases: Databases, *, fleet: str) -> None:
        self._servers = servers
        self._databases = databases
        self._template = "baseline"
        databases.copy(fleet, self._template)
        databases.run_python(
            self._template, "manage.py", "migrate", "--run-syncdb", "-v", "0", settings=SETTINGS
        )

    def loop(self, backlog: Backlog) -> Run:
        """A kombu loop with ORM calls and one acknowledgement each."""
        fill_queue(self._servers.broker_url, backlog.bodies)
        return self._run(["bench.baseline.loop"], RECEIVING, backlog)

    def task(self, backlog: Backlog) -> Run:
        """A Celery task a reading, with Celery's defaults: as many processes as processors."""
        name = f"baseline{os.getpid()}@localhost"
        arguments = ["celery", "-A", "bench.baseline.tasks", "worker", "-Q", TASK_QUEUE]
        with _task_queue(self._servers.broker_url):
            _send_tasks(self._servers.broker_url, backlog)
            options = ["--loglevel", "INFO", "--hostname", name]
            run = self._run([*arguments, *options], f"{name} ready.", backlog)
        # Of the pool's processes only the parent was looked at.
        return replace(run, peak_memory_mb=None)

    def _run(self, arguments: list[str], ready: str, backlog: Backlog) -> Run:
        with (
            self._databases.copied(self._template) as name,
            closing(self._databases.connect(name)) as connection,
        ):
            self._servers.wait_until_quiet()
            stored = Stored(connection, table=TABLE)
            url = self._databases.url(name)
            environment = {**os.environ, **SETTINGS, "DATABASE_URL": url}
            with running(arguments, ready=ready, environment=environment) as program:
                program.wait_until_ready()
                run = measure(self._servers, stored, [program], backlog, rows_before=0)
            _verify(stored, backlog)
        return run


def _verify(stored: Stored, backlog: Backlog) -> None:
    sensors, steps = backlog.workload.sensors, backlog.workload.steps
    expected = count_peaks(sensors, range(2, steps + 1))  # nothing is before the first step
    found = stored.value("SELECT count(*) FROM baseline_alert")
    if found != expected:
        raise BenchFailed(f"The baseline found {found} peaks, not {expected}.")


@contextmanager
def _task_queue(broker_url: str) -> Iterator[None]:
    """Celery's queue and exchange for the tasks, which nobody needs afterwards."""
    with Connection(broker_url) as connection:
        channel = cast("Any", connection.channel())
        queue = Queue(TASK_QUEUE, exchange=TASK_QUEUE, routing_key=TASK_QUEUE)(channel)
        queue.declare()
        queue.purge()
        try:
            yield
        finally:
            queue.delete()
            channel.exchange_delete(TASK_QUEUE)


def _send_tasks(broker_url: str, backlog: Backlog) -> None:
    app = Celery("baseline", broker=broker_url, set_as_current=False)
    for body in backlog.bodies:
        app.send_task(TASK, [orjson.loads(body)], queue=TASK_QUEUE)
    app.close()
