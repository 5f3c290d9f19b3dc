"""Asks a daphne for the history over HTTP, as a program or a browser does, and checks answers."""

import http.client
import time
from dataclasses import dataclass

import numpy as np
import orjson

from bench.failure import BenchFailed
from bench.history.household import interpolated_kwh
from bench.history.plan import Window
from monitoring.rules.instants import to_us

WARM_UP = 5
#: Of a sum of so many registers in double precision.
EXACT_TO_KWH = 1e-6


@dataclass(frozen=True)
class Visitor:
    """Somebody with a token and a session, and one connection that is kept."""

    connection: http.client.HTTPConnection
    token: str
    session: str

    def get(self, path: str) -> bytes:
        """The body of an answer. Raises ``BenchFailed`` unless it is a good one."""
        self.connection.request("GET", path, headers=self._headers(path))
        response = self.connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise BenchFailed(f"{path} was answered with {response.status}: {body[:300]!r}")
        return body

    def time(self, path: str, requests: int) -> list[float]:
        """Milliseconds from asking to the last byte, once the server is warm."""
        for _ in range(WARM_UP):
            self.get(path)
        took_ms = []
        for _ in range(requests):
            started = time.perf_counter()
            self.get(path)
            took_ms.append((time.perf_counter() - started) * 1_000)
        return took_ms

    def _headers(self, path: str) -> dict[str, str]:
        if path.startswith("/api/"):
            return {"Authorization": f"Token {self.token}"}
        return {"Cookie": f"sessionid={self.session}"}


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
