"""`make bench-sockets`: what thousands of open pages cost one daphne process.

Every socket is the page of a user of its own; each user has one sensor, and one peak of each is
published at the same time.
"""

import asyncio
import json
import resource
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import WebSocketException

from bench.broker import Pipeline, open_channel
from bench.clock import patience_s
from bench.failure import BenchFailed
from bench.figures import Figure, percentile
from bench.messages import INTERVAL_US, Sent, encode_all
from bench.ours import running_workers
from bench.programs import Program
from bench.report import Report, as_grid
from bench.stage import Stage
from bench.stored import Stored
from bench.web import open_sessions, page_socket, web_server

#: Files that the server opens beside the sockets.
SPARE_FILES = 200
#: Each must be accepted within daphne's 5 s.
OPENING_AT_ONCE = 20
SETTLE_S = 3.0
READINGS_A_MESSAGE = 1_000
DELIVERED_WITHIN_S = 120.0
HISTORY_STEPS = 200

_NORMAL_KWH = 0.5
_PEAK_KWH = 3.0


@dataclass
class Pages:
    """Open sockets, and when the last frame of each arrived."""

    port: int
    session_keys: list[str]
    sockets: list[ClientConnection] = field(default_factory=list)
    arrivals: dict[int, float] = field(default_factory=dict)
    _readers: list[asyncio.Task[None]] = field(default_factory=list)

    async def open_until(self, count: int) -> float:
        """Opens more sockets until there are ``count``. Gives the seconds."""
        started = time.perf_counter()
        gate = asyncio.Semaphore(OPENING_AT_ONCE)

        async def open_one(number: int) -> ClientConnection:
            async with gate:
                return await page_socket(self.port, self.session_keys[number])

        first = len(self.sockets)
        try:
            self.sockets += await asyncio.gather(*(open_one(i) for i in range(first, count)))
        except (OSError, WebSocketException) as error:
            raise BenchFailed(f"Not all of {count} sockets could be opened: {error!r}") from None
        for number in range(first, count):
            self._readers.append(asyncio.create_task(self._read(number)))
        return time.perf_counter() - started

    def check(self) -> None:
        """Raises ``BenchFailed`` if a socket was closed."""
        if closed := sum(reader.done() for reader in self._readers):
            raise BenchFailed(f"{closed} sockets were closed by the server.")

    async def close(self) -> None:
        """Ends everything without waiting for thousands of goodbyes."""
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        for one in self.sockets:
            one.transport.abort()

    async def _read(self, number: int) -> None:
        async for frame in self.sockets[number]:
            if json.loads(frame)["type"] == "peak":
                self.arrivals[number] = time.perf_counter()


@dataclass(frozen=True)
class Size:
    """What was found at one number of sockets."""

    sockets: int
    opened_per_s: float
    memory_mb: float
    #: Milliseconds from publishing to each frame, a list a round.
    delivered_ms: list[list[float]]


def measure_sockets(stage: Stage) -> Report:
    """Memory and delivery at each number of sockets, growing on one server."""
    counts = stage.sizes.sockets
    _allow_files(counts[-1] + SPARE_FILES)
    fleet = stage.templates.fleet(counts[-1], owners=counts[-1])
    with ExitStack() as stack:
        name = stack.enter_context(stage.databases.copied(fleet))
        url = stage.databases.url(name)
        session_keys = open_sessions(stage.databases, name, counts[-1])
        stack.enter_context(running_workers(1, database_url=url))
        server, port = stack.enter_context(web_server(url))
        channel = stack.enter_context(open_channel(stage.servers.broker_url))
        stored = Stored(stack.enter_context(closing(stage.databases.connect(name))))
        peaks = Peaks(stage, Pipeline(channel), stored)
        sizes = asyncio.run(_measure(stage, Pages(port, session_keys), server, peaks))
    return _report(sizes)


class Peaks:
    """Publishes an uneventful reading of each sensor, and then one that ends in a peak."""

    def __init__(self, stage: Stage, pipeline: Pipeline, stored: Stored) -> None:
        self._start_us = stage.end_us - HISTORY_STEPS * INTERVAL_US
        self._pipeline = pipeline
        self._stored = stored
        self._turn = 0

    def prepare(self, sensors: int) -> None:
        """Returns when the uneventful ones are stored."""
        rows = self._stored.count() + sensors
        before = self._readings(sensors, 2 * self._turn, self._before_kwh)
        self._publish(before)
        self._stored.wait_for(
            before[-1], rows=rows, within_s=patience_s(sensors), check=lambda: None
        )

    def publish(self, sensors: int) -> None:
        """Publishes a peak of each sensor."""
        at_kwh = self._before_kwh + _PEAK_KWH
        self._publish(self._readings(sensors, 2 * self._turn + 1, at_kwh))
        self._turn += 1

    @property
    def _before_kwh(self) -> float:
        return 100 + self._turn * (_NORMAL_KWH + _PEAK_KWH)

    def _readings(self, sensors: int, step: int, energy_kwh: float) -> list[Sent]:
        at_us = self._start_us + step * INTERVAL_US
        return [Sent(sensor, at_us, energy_kwh) for sensor in range(sensors)]

    def _publish(self, sent: list[Sent]) -> None:
        for body in encode_all(sent, per_message=READINGS_A_MESSAGE):
            self._pipeline.publish(body)
        self._pipeline.flush()


async def _measure(stage: Stage, pages: Pages, server: Program, peaks: Peaks) -> list[Size]:
    sizes = []
    try:
        for count in stage.sizes.sockets:
            new = count - len(pages.sockets)
            opened_per_s = new / await pages.open_until(count)
            delivered_ms = [await _deliver(pages, peaks) for _ in range(stage.sizes.rounds)]
            await asyncio.sleep(SETTLE_S)
            pages.check()
            sizes.append(Size(count, opened_per_s, server.memory_mb(), delivered_ms))
    finally:
        await pages.close()
    return sizes


async def _deliver(pages: Pages, peaks: Peaks) -> list[float]:
    """Milliseconds to each socket."""
    count = len(pages.sockets)
    await asyncio.to_thread(peaks.prepare, count)
    await asyncio.sleep(SETTLE_S)
    pages.arrivals.clear()
    started = time.perf_counter()
    await asyncio.to_thread(peaks.publish, count)
    while len(pages.arrivals) < count:
        pages.check()
        if time.perf_counter() - started > DELIVERED_WITHIN_S:
            raise BenchFailed(f"{len(pages.arrivals)} of {count} pages were told in time.")
        await asyncio.sleep(0.01)
    return [(at - started) * 1_000 for at in pages.arrivals.values()]


def _allow_files(files: int) -> None:
    """For this process, and for the server that inherits it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= files:
        return
    if hard != resource.RLIM_INFINITY and hard < files:
        raise BenchFailed(f"{files} open files are needed, {hard} are allowed (ulimit -n).")
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))


def _report(sizes: list[Size]) -> Report:
    figures: dict[str, Figure] = {}
    rows = {}
    for size in sizes:
        row = _figures(size, sizes[0])
        rows[f"{size.sockets:,}"] = row
        figures |= {f"sockets_{size.sockets}.{key}": figure for key, figure in row.items()}
    return Report(as_grid("sockets", rows), figures)


def _figures(size: Size, smallest: Size) -> dict[str, Figure]:
    row = {
        "opened_per_s": Figure("opened", "/s", [size.opened_per_s]),
        "memory_mb": Figure("server", "MB", [size.memory_mb]),
    }
    if size is not smallest:
        more_kb = (size.memory_mb - smallest.memory_mb) * 1_000
        each_kb = more_kb / (size.sockets - smallest.sockets)
        row["memory_kb_each"] = Figure("a socket", "kB", [each_kb])
    for label, percent in (("half", 50), ("99 of 100", 99), ("last", 100)):
        values = [percentile(told, percent) for told in size.delivered_ms]
        row[f"delivered_p{percent}_ms"] = Figure(label, "ms", values)
    return row
