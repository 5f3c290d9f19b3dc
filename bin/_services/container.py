"""A server in a container, for machines that have Docker and not the server."""

import json
import os
import subprocess
import sys
import time
from signal import Signals

from .kept import short_hash
from .private import READY_WITHIN_S, PrivateServer
from .service import ServiceError

CLIENTS: dict[str, list[str]] = {
    "postgres": ["psql", "--username=energy", "--dbname=energy"],
    "rabbitmq": ["rabbitmqctl"],
}


def docker_works() -> bool:
    try:
        return all(
            subprocess.run(["docker", *words], capture_output=True, check=False).returncode == 0
            for words in (["compose", "version"], ["info"])
        )
    except FileNotFoundError:
        return False


class Container:
    """Runs what a private server says of itself as the only service of a compose project."""

    ready = "running"

    def __init__(self, server: PrivateServer) -> None:
        self.server = server
        self.name = server.name
        self.variable = server.variable
        self.file = server.data / f"{self.name}.compose.json"
        self.project = f"energy-{self.name}-{short_hash(server.data)}"

    def start(self) -> None:
        self.server.kept.set("how", "container")
        self.server.kept.free_port()
        self._write_file()
        self._compose("up", "--detach", "--quiet-pull")

    def wait(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while not self.server.is_ready():
            if time.monotonic() > deadline or not self.running():
                log = self._compose("logs", "--tail", "15", check=False)
                raise ServiceError(f"The container of {self.name} did not become ready:\n{log}")
            time.sleep(0.5)

    def running(self) -> bool:
        if not self.file.exists():
            return False
        return bool(self._compose("ps", "--quiet", "--status", "running", check=False).strip())

    def stop(self, *, immediate: bool = False) -> bool:
        if not self.running():
            return False
        self._compose("kill" if immediate else "stop")
        return True

    def kill(self, number: int) -> None:
        self._compose("kill", "--signal", Signals(number).name)

    def url(self) -> str | None:
        return self.server.url()

    def where(self) -> str:
        return f"127.0.0.1:{self.server.port}, container project {self.project}"

    def client(self, arguments: list[str]) -> tuple[list[str], dict[str, str]]:
        if self.name not in CLIENTS:
            return self.server.client(arguments)
        terminal = [] if sys.stdin.isatty() else ["--no-TTY"]
        inside = [*CLIENTS[self.name], *arguments]
        return [*self._command(), "exec", *terminal, self.name, *inside], dict(os.environ)

    def _write_file(self) -> None:
        service = self.server.container()
        volumes: dict[str, dict[str, str]] = {
            name.partition(":")[0]: {} for name in service["volumes"]
        }
        self.file.touch(mode=0o600)
        # JSON is YAML too.
        text = json.dumps({"services": {self.name: service}, "volumes": volumes}, indent=2)
        self.file.write_text(text + "\n")

    def _command(self) -> list[str]:
        return ["docker", "compose", "--project-name", self.project, "--file", str(self.file)]

    def _compose(self, *words: str, check: bool = True) -> str:
        done = subprocess.run(
            [*self._command(), *words], capture_output=True, text=True, check=False
        )
        if check and done.returncode:
            raise ServiceError(f"docker compose {words[0]} failed:\n{done.stderr.rstrip()}")
        return done.stdout
