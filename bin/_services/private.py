"""A server of our own, started from installed binaries."""

import os
import signal
import sys
import time
from abc import ABC, abstractmethod
from functools import cached_property
from pathlib import Path
from typing import Any

from .daemon import Daemon, Launch
from .kept import Kept
from .service import ServiceError

READY_WITHIN_S = 120


class PrivateServer(ABC):
    """Keeps what it needs in `<data>/<name>/`, `<name>.json`, `<name>.pid` and `<name>.log`."""

    name: str
    variable: str
    package: str
    ready = "running"
    stop_signal: int = signal.SIGTERM
    immediate_signal: int = signal.SIGKILL

    def __init__(self, data: Path) -> None:
        self.data = data
        self.folder = data / self.name
        self.log = data / f"{self.name}.log"
        self.kept = Kept(data / f"{self.name}.json")

    # What each server knows about itself

    @classmethod
    @abstractmethod
    def installed(cls) -> bool: ...

    @abstractmethod
    def prepare(self) -> Launch:
        """Makes its folder and configuration ready for the start."""

    @abstractmethod
    def is_ready(self) -> bool: ...

    @abstractmethod
    def address(self) -> str:
        """The URL of this server at its kept port."""

    @abstractmethod
    def client(self, arguments: list[str]) -> tuple[list[str], dict[str, str]]: ...

    @abstractmethod
    def container(self) -> dict[str, Any]:
        """The same server as a compose service."""

    def finish(self) -> None:  # noqa: B027  (most have nothing to do)
        """What is to be done once it answers."""

    def may_start_again(self) -> bool:
        """Whether its early end is nothing to worry about."""
        return False

    # What all do alike

    @cached_property
    def daemon(self) -> Daemon:
        return Daemon(pid_file=self.data / f"{self.name}.pid", log=self.log, mark=str(self.folder))

    @property
    def port(self) -> int:
        return int(self.kept.get("port") or 0)

    def start(self) -> None:
        self.kept.set("how", "private")
        self.kept.free_port()
        self.daemon.spawn(self.prepare())

    def wait(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while not self.is_ready():
            if not self.running():
                if not self.may_start_again():
                    self._fail("ended while starting")
                time.sleep(0.5)
                self.start()
            if time.monotonic() > deadline:
                self._fail(f"did not answer within {READY_WITHIN_S} s")
            time.sleep(0.1)
        self.finish()

    def running(self) -> bool:
        return self.daemon.pid() is not None

    def stop(self, *, immediate: bool = False) -> bool:
        return self.daemon.end(self.immediate_signal if immediate else self.stop_signal)

    def kill(self, number: int) -> None:
        self.daemon.signal(number)

    def url(self) -> str | None:
        return self.address() if self.port else None

    def where(self) -> str:
        return f"127.0.0.1:{self.port}, data in {self.folder}"

    def _fail(self, what: str) -> None:
        raise ServiceError(f"{self.name} {what}. The end of {self.log}:\n{self.daemon.log_tail()}")


def base_environment() -> dict[str, str]:
    """For our servers: nothing of the caller's settings, as they may mean other servers."""
    locale = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": locale}
