"""The platform's own processes, as these tests start, signal and watch them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.servers import ROOT, START_WITHIN_S, until

LINES_SHOWN = 40


class Program:
    """``python -m …`` with a log of its own."""

    def __init__(self, arguments: list[str], environment: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.name = f"{arguments[0]} {self.pid}"

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_until_ready(self, is_ready: Callable[[str], bool]) -> None:
        """Waits for what it prints, or for anything else."""

        def has_started() -> bool:
            assert self.is_alive(), f"{self.name} ended at once:\n{self.tail()}"
            return is_ready(self.printed())

        until(has_started, what=f"{self.name} is ready", within_s=START_WITHIN_S)

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def succeeded(self) -> bool:
        return self._process.poll() == 0

    def printed(self) -> str:
        return self.log.read_text(errors="replace")

    def tail(self) -> str:
        return "\n".join(self.printed().splitlines()[-LINES_SHOWN:])

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        """As a crash would; returns when it is gone."""
        self._process.kill()
        self._process.wait(10)

    def terminate(self, *, within_s: float) -> float:
        """Asks it to end in good order. Returns how many seconds that took; fails if too many."""
        started = time.monotonic()
        self._process.terminate()
        try:
            self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(
                f"{self.name} runs on after {within_s} s:\n{self.tail()}"
            ) from None
        return time.monotonic() - started

    def end(self) -> None:
        """Whatever its state is."""
        if self.is_alive():
            self._process.terminate()
            self._process.send_signal(signal.SIGCONT)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def memory_mb(self) -> float:
        """Resident memory."""
        words = ["ps", "-o", "rss=", "-p", str(self.pid)]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        return int(done.stdout) / 1024

    def peak_memory_mb(self) -> float:
        """The most that was ever resident; where the system does not tell: what is now."""
        status = Path(f"/proc/{self.pid}/status")
        if not status.exists():
            return self.memory_mb()
        (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) / 1024


def program_environment(**settings: str) -> dict[str, str]:
    """Nothing of what the caller's environment says about how the platform is reached."""
    return {
        **os.environ,
        "ALLOWED_HOSTS": "127.0.0.1",
        "CSRF_TRUSTED_ORIGINS": "",
        "DEBUG": "false",
        "HTTPS": "false",
        "PYTHONUNBUFFERED": "1",
        **settings,
    }
