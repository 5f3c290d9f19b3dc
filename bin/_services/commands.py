"""What the commands do."""

import fcntl
import os
import shlex
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from .choice import NAMES, SERVERS, known, obtain, variable_of
from .runner import run_command
from .service import Service, ServiceError


class ServiceSet:
    """The services of one data folder, together with those that the environment names."""

    def __init__(self, data: Path, *, only_private: bool) -> None:
        self.data = data
        ignored = {SERVERS[name].variable for name in SERVERS} if only_private else set()
        self.environment = {key: os.environ[key] for key in os.environ if key not in ignored}

    def start(self, names: list[str]) -> int:
        self._bring_up(names, sys.stdout)
        return 0

    def stop(self, names: list[str], *, immediate: bool) -> int:
        with self._lock():
            for name in names:
                service = self._known(name)
                if service is not None and service.stop(immediate=immediate):
                    report(service.name, "stopped", "")
        return 0

    def status(self, names: list[str]) -> int:
        all_run = True
        for name in names:
            service = self._known(name)
            if service is not None and service.running():
                report(name, service.ready, service.where())
            else:
                all_run = False
                report(name, "not running" if service else "not installed", "")
        return 0 if all_run else 1

    def print_environment(self) -> int:
        found = self._urls()
        for variable, url in found.items():
            print(f"export {variable}={shlex.quote(url)}")
        for name in NAMES:
            if variable_of(name) not in found:
                print(f"{name} is not there: bin/services start {name}", file=sys.stderr)
        return 0 if len(found) == len(NAMES) else 1

    def run(self, command: list[str], names: list[str]) -> int:
        started = self._bring_up(names, sys.stderr)
        try:
            return run_command(command, {**self.environment, **self._urls()})
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # impatience would leave servers behind
            with self._lock():
                for service in started:
                    service.stop()

    def kill(self, name: str, number: int) -> int:
        self._running(name).kill(number)
        return 0

    def client(self, name: str, arguments: list[str]) -> int:
        command, environment = self._running(name).client(arguments)
        sys.stdout.flush()
        os.execvpe(command[0], command, environment)  # noqa: S606

    def _bring_up(self, names: list[str], output: TextIO) -> list[Service]:
        """Starts what does not run, all at once, and returns just that; undone if one fails."""
        started: list[Service] = []
        with self._lock():
            services = obtain(names, self.data, self.environment)
            try:
                for service in services:
                    if not service.running():
                        started.append(service)
                        service.start()
                for service in services:
                    service.wait()
                    state = "started" if service in started else service.ready
                    report(service.name, state, service.where(), output)
            except BaseException:
                for service in started:
                    service.stop()
                raise
        return started

    def _known(self, name: str) -> Service | None:
        return known(name, self.data, self.environment)

    def _running(self, name: str) -> Service:
        service = self._known(name)
        if service is None or not service.running():
            raise ServiceError(f"{name} is not running: bin/services start {name}")
        return service

    def _urls(self) -> Mapping[str, str]:
        services = [self._known(name) for name in NAMES]
        return {
            service.variable: url
            for service in services
            if service is not None and service.running() and (url := service.url())
        }

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """One command at a time may change this set; the next one waits."""
        self.data.mkdir(parents=True, exist_ok=True)
        with (self.data / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def report(name: str, state: str, where: str, output: TextIO | None = None) -> None:
    print(f"{name:<9} {state:<7} {where}".rstrip(), file=output or sys.stdout, flush=True)
