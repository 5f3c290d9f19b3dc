"""From the publishing of a reading to the WebSocket's frame that tells of its peak."""

import asyncio
import json
import os
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection

from bench.broker import Pipeline, open_channel
from bench.failure import BenchFailed
from bench.figures import Figure, percentile
from bench.messages import INTERVAL_US, Sent, encode, sensor_uuid
from bench.ours import running_workers
from bench.programs import running
from bench.stage import Stage
from bench.stored import Stored
from bench.web import open_sessions, page_socket, web_server

OWNERS = 21
SENSORS = 50 * OWNERS
#: The open page's own: every so many-th, because sensor ``i`` belongs to owner ``i % OWNERS``.
WATCHED = range(0, SENSORS, OWNERS)
#: A peak is published so long after the last one was told, so that no clock keeps step with it.
PAUSE_S = (0.010, 0.030)
FRAME_WITHIN_S = 30.0
WARM_UP = 20
#: What must arrive of the background load for its figures to count.
LEAST_LOAD = 0.95
HISTORY_STEPS = 1_000

_NORMAL_KWH = 0.5
_PEAK_KWH = 3.0  # in a quarter of an hour, so 12 kW
PERCENTILES = (50, 95, 99)


@dataclass
class OpenPage:
    """The running platform as one sample sees it."""

    pipeline: Pipeline
    page: ClientConnection
    start_us: int
    samples: int = 0

    async def sample(self) -> float:
        """The seconds from publishing a peak to its frame."""
        turn, position = divmod(self.samples, len(WATCHED))
        self.samples += 1
        sensor, step = WATCHED[position], 2 * turn
        before_kwh = 100 + turn * (_NORMAL_KWH + _PEAK_KWH)
        self._publish(sensor, step, before_kwh)  # ends the last peak, or is the first reading
        self.pipeline.flush()
        await asyncio.sleep(random.uniform(*PAUSE_S))
        started = time.perf_counter()
        self._publish(sensor, step + 1, before_kwh + _PEAK_KWH)
        async with asyncio.timeout(FRAME_WITHIN_S):
            frame = await self._next_news()
        seconds = time.perf_counter() - started
        self.pipeline.flush()
        _check(frame, sensor)
        return seconds

    async def _next_news(self) -> dict[str, Any]:
        frame: dict[str, Any] = {"type": "alive"}  # that the socket lives is no news
        while frame["type"] == "alive":
            frame = json.loads(await self.page.recv())
        return frame

    def _publish(self, sensor: int, step: int, energy_kwh: float) -> None:
        at_us = self.start_us + step * INTERVAL_US
        self.pipeline.publish(encode([Sent(sensor, at_us, energy_kwh)]))


def _check(frame: dict[str, Any], sensor: int) -> None:
    expected = {"type": "peak", "sensor_id": sensor_uuid(sensor), "power_kw": _PEAK_KWH * 4}
    got = {key: frame.get(key) for key in expected}
    if got != expected:
        raise BenchFailed(f"The page was told {got}, not {expected}.")


class Latency:
    """A worker, a web server and an open page, asked again and again."""

    def __init__(self, stage: Stage, *, settings: dict[str, str] | None = None) -> None:
        self._stage = stage
        self._settings = settings
        self._sizes = stage.sizes
        self._start_us = stage.end_us - HISTORY_STEPS * INTERVAL_US
        self._load_step = 0

    def take(self) -> dict[str, Figure]:
        """Percentiles in ms by their keys, idle and under load, one value a round."""
        databases = self._stage.databases
        broker_url = self._stage.servers.broker_url
        fleet = self._stage.templates.fleet(SENSORS, owners=OWNERS)
        with ExitStack() as stack:
            name = stack.enter_context(databases.copied(fleet))
            url = databases.url(name)
            (session_key,) = open_sessions(databases, name, 1)
            stack.enter_context(running_workers(1, database_url=url, settings=self._settings))
            _, port = stack.enter_context(web_server(url))
            channel = stack.enter_context(open_channel(broker_url))
            stored = Stored(stack.enter_context(closing(databases.connect(name))))
            rounds = self._take_rounds(Pipeline(channel), stored, port, session_key)
            taken = asyncio.run(rounds)
        return _figures(taken)

    async def _take_rounds(
        self, pipeline: Pipeline, stored: Stored, port: int, session_key: str
    ) -> dict[str, list[list[float]]]:
        taken: dict[str, list[list[float]]] = {"idle": [], "load": []}
        async with page_socket(port, session_key) as page:
            watched = OpenPage(pipeline, page, self._start_us)
            for _ in range(WARM_UP):
                await watched.sample()
            for _ in range(self._sizes.rounds):
                taken["idle"].append(await self._take_samples(watched))
                with self._load(stored):
                    taken["load"].append(await self._take_samples(watched))
        return taken

    async def _take_samples(self, watched: OpenPage) -> list[float]:
        return [await watched.sample() for _ in range(self._sizes.latency_samples)]

    @contextmanager
    def _load(self, stored: Stored) -> Iterator[None]:
        """Readings from another process; that they were stored at their rate is checked."""
        per_s = self._sizes.load_per_s
        options = {
            "--per-second": per_s,
            "--sensors": SENSORS,
            "--skip": OWNERS,
            "--start-us": self._start_us,
            "--first-step": self._load_step,
        }
        arguments = ["bench.load", *(str(part) for pair in options.items() for part in pair)]
        with running(arguments, ready="Publishing.", environment=dict(os.environ)) as load:
            load.wait_until_ready()
            time.sleep(1)
            started, before = time.perf_counter(), stored.count()
            yield
            load.check()
            rate = (stored.count() - before) / (time.perf_counter() - started)
        self._load_step = stored.value(
            "SELECT count(*) FROM monitoring_reading WHERE sensor_id = %s", stored.sensor_id(1)
        )
        if rate < LEAST_LOAD * per_s:
            raise BenchFailed(f"The background load was {rate:.0f} readings/s, not {per_s}.")


def _figures(taken: dict[str, list[list[float]]]) -> dict[str, Figure]:
    most = {"latency_idle_p50_ms": 25.0, "latency_load_p99_ms": 100.0}
    figures = {}
    for state, rounds in taken.items():
        for percent in PERCENTILES:
            key = f"latency_{state}_p{percent}_ms"
            values = [percentile(samples, percent) * 1000 for samples in rounds]
            under = "idle" if state == "idle" else "with background load"
            label = f"reading to page, {under}, p{percent}"
            figures[key] = Figure(label, "ms", values, at_most=most.get(key))
    return figures
