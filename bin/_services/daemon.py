"""A process that outlives the command that started it."""

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn

from .service import ServiceError
from .users import as_user

LOG_LINES_SHOWN = 15
PROC = Path("/proc")


@dataclass(frozen=True, kw_only=True)
class Launch:
    """How a server is started: with this environment and no other, in a session of its own."""

    arguments: list[str]
    environment: dict[str, str]
    user: str | None = None
    executable: str | None = None


class Daemon:
    """Known by its pid file, and believed only when `mark` stands in that process's command line.

    So a pid file left by a crash or a reboot never makes us signal somebody else's process, and a
    zombie, which has no command line, counts as ended.
    """

    def __init__(self, *, pid_file: Path, log: Path, mark: str) -> None:
        self._pid_file = pid_file
        self._log = log
        self._mark = mark
        self._log_start = 0

    def spawn(self, launch: Launch) -> None:
        """Starts it as a child of nobody here, so that its end is noticed even while we run."""
        with self._log.open("ab") as log:
            self._log_start = log.tell()
            between = os.fork()
            if between == 0:
                self._spawn_and_exit(launch, log)
            os.waitpid(between, 0)

    def pid(self) -> int | None:
        """The main process while it runs, else None."""
        try:
            pid = int(self._pid_file.read_text())
        except (OSError, ValueError):
            return None
        return pid if self._mark in command_line(pid) else None

    def signal(self, number: int) -> None:
        """Returns after SIGKILL only when the process is gone."""
        pid = self._send(number)
        if pid is None:
            raise ServiceError(f"{self._pid_file.stem} is not running.")
        if number == signal.SIGKILL:
            ended_within(pid, 10)

    def end(self, number: int, *, patience_s: float = 40) -> bool:
        """Asks with the signal, insists with SIGKILL; true when there was something to end."""
        pid = self._send(number)
        if pid is None:
            return False
        self._send(signal.SIGCONT)  # a suspended process hears nothing else
        if not ended_within(pid, patience_s):
            self._send(signal.SIGKILL)
            ended_within(pid, 10)
        self._pid_file.unlink(missing_ok=True)
        return True

    def log_tail(self) -> str:
        """The last lines since the latest start."""
        with self._log.open("rb") as log:
            log.seek(self._log_start)
            lines = log.read().decode(errors="replace").splitlines()
        return "\n".join(f"    {line}" for line in lines[-LOG_LINES_SHOWN:])

    def _spawn_and_exit(self, launch: Launch, log: BinaryIO) -> NoReturn:
        try:
            process = subprocess.Popen(
                launch.arguments,
                executable=launch.executable,
                env=launch.environment,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **as_user(launch.user),
            )
            self._pid_file.write_text(f"{process.pid}\n")
        except Exception as error:
            log.write(f"{error}\n".encode())
            log.flush()
        finally:
            os._exit(0)

    def _send(self, number: int) -> int | None:
        """The process that was told; None when there is none."""
        pid = self.pid()
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        return pid


def ended_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not has_ended(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def has_ended(pid: int) -> bool:
    """Its ports are closed too, whether or not its parent has taken notice of its end."""
    if (PROC / "self").exists():
        try:
            state = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
            return state in "ZX" and len(os.listdir(PROC / str(pid) / "task")) == 1
        except OSError:
            return True
    return ps(pid, "stat")[:1] in {"", "Z"}


def command_line(pid: int) -> str:
    """Empty when there is no such process, or just its zombie."""
    if (PROC / "self").exists():
        try:
            return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            return ""
    return ps(pid, "command")


def ps(pid: int, column: str) -> str:
    """For systems without /proc."""
    words = ["ps", "-ww", "-p", str(pid), "-o", f"{column}="]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()
