"""The platform's programs as a benchmark starts them: real processes, with what they print."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.failure import BenchFailed

ROOT = Path(__file__).resolve().parents[1]
START_WITHIN_S = 60
STOP_WITHIN_S = 20
RECEIVING = "Receiving readings from"


class Program:
    """A running process of which each line is read, and one line is waited for."""

    def __init__(self, arguments: list[str], *, ready: str, environment: dict[str, str]) -> None:
        self.name = " ".join(arguments)
        self.ready_at = 0.0
        self._ready_line = ready
        self._is_ready = threading.Event()
        self._last_lines: deque[str] = deque(maxlen=60)
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self.pid = self._process.pid
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_until_ready(self) -> None:
        """Returns after the line; ``ready_at`` is when it came. Raises ``BenchFailed``."""
        deadline = time.monotonic() + START_WITHIN_S
        while not self._is_ready.wait(0.1):
            self.check()
            if time.monotonic() > deadline:
                raise BenchFailed(f"{self.name} is not ready in time:\n{self.printed()}")

    def check(self) -> None:
        """Raises ``BenchFailed`` if it has ended."""
        if self._process.poll() is not None:
            self._reader.join(1)
            raise BenchFailed(
                f"{self.name} has ended with {self._process.returncode}:\n{self.printed()}"
            )

    def printed(self) -> str:
        """The last lines."""
        return "".join(self._last_lines)

    def cpu_s(self) -> float:
        """CPU seconds so far, of the process and its children."""
        return cpu_s_of_tree(self.pid)

    def peak_memory_mb(self) -> float:
        """The most memory that the process has had resident at a time, in MB of 1,000,000 bytes."""
        return _status_kib(self.pid, "VmHWM") * 1024 / 1e6

    def memory_mb(self) -> float:
        """The memory that the process has resident now, in MB of 1,000,000 bytes."""
        return _status_kib(self.pid, "VmRSS") * 1024 / 1e6

    def stop(self) -> None:
        """SIGTERM, and SIGKILL to what does not go."""
        children = psutil.Process(self.pid).children(recursive=True) if self._runs() else []
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for child in children:
            if child.is_running():
                child.kill()
        self._reader.join(5)

    def _runs(self) -> bool:
        return self._process.poll() is None

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if self._ready_line in line and not self._is_ready.is_set():
                self.ready_at = time.perf_counter()
                self._is_ready.set()
            self._last_lines.append(line)


@contextmanager
def running(arguments: list[str], *, ready: str, environment: dict[str, str]) -> Iterator[Program]:
    """Runs a program for the time of the block."""
    program = Program(arguments, ready=ready, environment=environment)
    try:
        yield program
    finally:
        program.stop()


def worker_arguments(number: int) -> list[str]:
    """The worker as the Procfile starts it, under a name of its own."""
    name = f"bench{os.getpid()}-{number}@localhost"
    flags = ["--without-gossip", "--without-mingle", "--hostname", name]
    return ["celery", "-A", "energy", "worker", *flags]


def cpu_s_of_tree(pid: int) -> float:
    """CPU seconds of a process, of its living descendants, and of children that have ended."""
    total = 0.0
    root = psutil.Process(pid)
    for process in [root, *root.children(recursive=True)]:
        try:
            total += sum(process.cpu_times()[:4])  # user, system, and the same of ended children
        except psutil.NoSuchProcess:
            continue
    return total


def _status_kib(pid: int, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1])
    raise BenchFailed(f"/proc tells no {field} of process {pid}.")
