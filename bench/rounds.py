"""What is measured in rounds: in each, one run of every measurement, so that all see one machine.

A ratio is taken within a round; the median of a ratio is not the ratio of two medians.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import cache

from bench.broker import fill_queue
from bench.clock import Run
from bench.first_try import FirstTry
from bench.messages import Backlog, prepare, readings
from bench.ours import store_backlog
from bench.raw import copy, copy_buffers, drain
from bench.sizes import Workload
from bench.stage import Stage
from bench.stored import Stored
from bench.summing import SUMMED, UNSUMMED, sum_news, sum_stored
from energy.environment import read_environment

#: The runs of each measurement, one a round.
Runs = Mapping[str, list[Run]]

PARTS = {
    "single": ["single.drain", "single.ours"],
    "batch": ["batch.drain", "batch.copy", "batch.ours"],
    "fleet": ["fleet.copy", "fleet.ours"],
    "workers": ["single.ours", "single.two", "batch.ours", "batch.two"],
    "baseline": ["single.ours", "loop.first", "task.first"],
    "backlog": ["batch.ours", "batch.full"],
    "summing": [
        *("single.unsummed", "single.summed"),
        *("batch.unsummed", "batch.summed", "batch.sum", "fleet.pass"),
    ],
}


class Rounds:
    """Prepares what the measurements need, once, and takes them."""

    def __init__(self, stage: Stage) -> None:
        self._servers = stage.servers
        self._databases = stage.databases
        self._templates = stage.templates
        self._sizes = stage.sizes
        self._end_us = stage.end_us
        self._prefetch = read_environment().ingest_prefetch
        self._backlog = cache(self._prepare_backlog)
        self._buffers = cache(self._prepare_buffers)
        self._first_try = cache(self._prepare_first_try)

    def take(self, parts: list[str]) -> Runs:
        """Runs the measurements of these parts, round by round."""
        names = list(dict.fromkeys(name for part in parts for name in PARTS.get(part, [])))
        runs: defaultdict[str, list[Run]] = defaultdict(list)
        for number in range(1, self._sizes.rounds + 1 if names else 1):
            for name in names:
                started = time.monotonic()
                run = self._measurement(name)()
                runs[name].append(run)
                took_s = time.monotonic() - started
                print(
                    f"round {number} of {self._sizes.rounds}  {name:<14}"
                    f"{run.per_s:>12,.0f} readings/s  ({took_s:.0f} s)",
                    file=sys.stderr,
                    flush=True,
                )
        return runs

    def _measurement(self, name: str) -> Callable[[], Run]:
        kind, what = name.split(".")
        measure = {
            "drain": self._drain,
            "copy": self._copy,
            "ours": self._ours,
            "two": self._two,
            "full": self._full,
            "summed": self._summed,
            "unsummed": self._unsummed,
            "sum": self._sum,
            "pass": self._pass,
            "first": self._first,
        }[what]
        return lambda: measure(kind)

    def _drain(self, kind: str) -> Run:
        backlog = self._backlog(kind)
        messages = fill_queue(self._servers.broker_url, backlog.bodies)
        self._servers.wait_until_quiet()
        seconds = drain(self._servers.broker_url, messages=messages, prefetch=self._prefetch)
        return Run(backlog.workload.readings, seconds)

    def _copy(self, kind: str) -> Run:
        buffers = self._buffers(kind)
        with (
            self._databases.copied(self._template(kind)) as name,
            closing(self._databases.connect(name)) as connection,
        ):
            self._servers.wait_until_quiet()
            return Run(self._workload(kind).readings, copy(connection, buffers))

    def _ours(self, kind: str) -> Run:
        return self._store(kind, self._template(kind))

    def _two(self, kind: str) -> Run:
        return self._store(kind, self._template(kind), workers=2)

    def _full(self, kind: str) -> Run:
        return self._store(kind, self._full_template(kind))

    def _summed(self, kind: str) -> Run:
        return self._store(kind, self._template(kind), settings=SUMMED)

    def _unsummed(self, kind: str) -> Run:
        return self._store(kind, self._template(kind), settings=UNSUMMED)

    def _sum(self, kind: str) -> Run:
        template = self._full_template(kind)
        self._servers.wait_until_quiet()
        return sum_stored(self._databases, template=template)

    def _pass(self, kind: str) -> Run:
        template = self._template(kind)
        self._servers.wait_until_quiet()
        return sum_news(self._databases, template=template)

    def _first(self, kind: str) -> Run:
        first_try = self._first_try()
        backlog = self._backlog(kind)
        return first_try.loop(backlog) if kind == "loop" else first_try.task(backlog)

    def _store(
        self,
        kind: str,
        template: str,
        *,
        workers: int = 1,
        settings: dict[str, str] | None = None,
    ) -> Run:
        return store_backlog(
            self._servers,
            self._databases,
            self._backlog(kind),
            template=template,
            workers=workers,
            settings=settings,
        )

    def _workload(self, kind: str) -> Workload:
        return {
            "single": self._sizes.single,
            "batch": self._sizes.batch,
            "fleet": self._sizes.fleet,
            "loop": self._sizes.loop,
            "task": self._sizes.task,
        }[kind]

    def _template(self, kind: str) -> str:
        return self._templates.primed(kind, self._backlog(kind))

    def _full_template(self, kind: str) -> str:
        steps = self._sizes.history_steps
        return self._templates.primed(f"{kind}_full", self._backlog(kind), history_steps=steps)

    def _prepare_backlog(self, kind: str) -> Backlog:
        return prepare(self._workload(kind), end_us=self._end_us)

    def _prepare_first_try(self) -> FirstTry:
        fleet = self._templates.fleet(self._sizes.single.sensors)
        return FirstTry(self._servers, self._databases, fleet=fleet)

    def _prepare_buffers(self, kind: str) -> list[bytes]:
        backlog = self._backlog(kind)
        sensors = backlog.workload.sensors
        with closing(self._databases.connect(self._template(kind))) as connection:
            sensor_ids = Stored(connection).sensor_ids(sensors)
        steps = range(1, backlog.workload.steps + 1)
        return copy_buffers(readings(sensors, steps, start_us=backlog.start_us), sensor_ids)
