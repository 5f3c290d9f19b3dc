"""Asks a daphne for the history over HTTP, as a program or a browser does, and checks answers."""

import gzip
import http.client
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import orjson

from bench.failure import BenchFailed
from bench.history.household import interpolated_kwh
from bench.history.plan import Window
from monitoring.rules.instants import to_us

WARM_UP = 5
#: Of a sum of so many registers in double precision.
EXACT_TO_KWH = 1e-6


class Answer(NamedTuple):
    """The body of an answer: as it was sent, and as it is read."""

    sent: bytes
    body: bytes


@dataclass(frozen=True)
class Visitor:
    """Somebody with a session and perhaps a token, and one connection that is kept."""

    connection: http.client.HTTPConnection
    session: str
    token: str | None = None
    #: Whether answers may be compressed, as browsers allow.
    takes_gzip: bool = False

    def get(self, path: str) -> bytes:
        """The body of an answer. Raises ``BenchFailed`` unless it is a good one."""
        return self.ask(path).body

    def ask(self, path: str) -> Answer:
        """An answer and what it took on the way. Raises ``BenchFailed`` unless it is a good one."""
        self.connection.close()  # the server has done so, if it was idle for a minute
        sent, is_packed = self._receive(path)
        return Answer(sent, gzip.decompress(sent) if is_packed else sent)

    def time(self, path: str, requests: int) -> list[float]:
        """Milliseconds from asking to the last byte, once the server is warm."""
        for _ in range(WARM_UP):
            self.get(path)
        took_ms = []
        for _ in range(requests):
            started = time.perf_counter()
            self._receive(path)
            took_ms.append((time.perf_counter() - started) * 1_000)
        return took_ms

    def _receive(self, path: str) -> tuple[bytes, bool]:
        """What was sent, and whether it is compressed."""
        self.connection.request("GET", path, headers=self._headers(path))
        response = self.connection.getresponse()
        sent = response.read()
        if response.status != 200:
            raise BenchFailed(f"{path} was answered with {response.status}: {sent[:300]!r}")
        return sent, response.getheader("Content-Encoding") == "gzip"

    def _headers(self, path: str) -> dict[str, str]:
        headers = {"Accept-Encoding": "gzip" if self.takes_gzip else "identity"}
        if self.token and path.startswith("/api/"):
            return {**headers, "Authorization": f"Token {self.token}"}
        return {**headers, "Cookie": f"sessionid={self.session}"}


@contextmanager
def open_visitor(
    port: int, *, session: str, token: str | None = None, takes_gzip: bool = False
) -> Iterator[Visitor]:
    """A visitor of the web server at ``port``, whose connection is closed after the block."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        yield Visitor(connection, session, token, takes_gzip)


def check_answer(body: bytes, window: Window, *, kind: int) -> None:
    """That an answer of the API is what a meter of this kind has counted.

    Raises ``BenchFailed``.
    """
    rows = orjson.loads(body)["results"]
    if len(rows) != window.intervals or {row["quality"] for row in rows} != {"measured"}:
        raise BenchFailed(f"The answer has {len(rows)} intervals, or not all were measured.")
    ends_us = np.array([to_us(window.start), to_us(window.end)])
    first_kwh, last_kwh = interpolated_kwh(kind, ends_us)
    off_kwh = abs(sum(row["kwh"] for row in rows) - (last_kwh - first_kwh))
    if off_kwh > EXACT_TO_KWH:
        raise BenchFailed(f"The intervals from {window.start} on are off by {off_kwh} kWh.")
