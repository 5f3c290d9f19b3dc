"""The platform's own programs as the tests start them: real processes."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
START_WITHIN_S = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(is_so: Callable[[], bool], *, what: str, within_s: float = 30) -> None:
    """Asks again and again; fails with ``what`` when it is not so in time."""
    deadline = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {within_s} s")
        time.sleep(0.05)


def test_database_environment() -> dict[str, str]:
    """The environment in which a program uses the tests' database."""
    url = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    return {**os.environ, "DATABASE_URL": url._replace(path=f"/{name}").geturl()}


test_database_environment.__test__ = False  # type: ignore[attr-defined]


@contextmanager
def program(
    *arguments: str, is_ready: Callable[[str], bool], environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a program until the block ends; waits until it is ready, judged by what it printed."""
    with tempfile.NamedTemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )

        def printed() -> str:
            return Path(log.name).read_text(errors="replace")

        def has_started() -> bool:
            assert process.poll() is None, f"{arguments} ended at once:\n{printed()}"
            return is_ready(printed())

        try:
            try:
                until(has_started, what=f"{arguments} is ready", within_s=START_WITHIN_S)
            except AssertionError as error:
                raise AssertionError(f"{error}\n{printed()}") from None
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if sys.exc_info()[0] is not None:
                sys.stderr.write(f"\n--- {' '.join(arguments)}\n{printed()[-5000:]}\n")


@contextmanager
def worker(**settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """``celery -A energy worker`` on the tests' database, receiving readings."""
    with program(
        *("celery", "-A", "energy", "worker", "--hostname", f"test{free_port()}@localhost"),
        is_ready=lambda printed: "Receiving readings" in printed,
        environment={**test_database_environment(), **settings},
    ) as process:
        yield process


@contextmanager
def web_server(port: int | None = None, **settings: str) -> Iterator[str]:
    """daphne on the tests' database. Gives its address."""
    port = port or free_port()
    address = f"http://127.0.0.1:{port}"
    with program(
        *("daphne", "-b", "127.0.0.1", "-p", str(port), "energy.asgi:application"),
        is_ready=lambda _: answers(f"{address}/healthz"),
        environment={**test_database_environment(), **settings},
    ):
        yield address


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
