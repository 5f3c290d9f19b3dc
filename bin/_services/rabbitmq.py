"""A private RabbitMQ, with an epmd (Erlang's port mapper) of its own."""

import os
import signal
from pathlib import Path
from typing import Any

from .daemon import Daemon, Launch
from .kept import short_hash
from .private import PrivateServer, base_environment
from .probes import rabbitmq_is_ready
from .programs import HOMEBREW, find_program

CONFIGURATION = """\
default_user = energy
default_pass = {password}
default_user_tags.administrator = true
listeners.tcp.local = 127.0.0.1:{port}
"""
LOOPBACK_ONLY = "-kernel inet_dist_use_interface {127,0,0,1}"
# /usr/sbin/rabbitmq-server of Debian is a wrapper that insists on its own user and folders.
SERVER_FOLDERS = ["/usr/lib/rabbitmq/bin", *(f"{place}/sbin" for place in HOMEBREW)]
ERLANG_FOLDERS = ["/usr/bin", "/usr/lib/erlang/bin", *(f"{place}/bin" for place in HOMEBREW)]


class RabbitMQ(PrivateServer):
    name = "rabbitmq"
    variable = "BROKER_URL"
    package = "rabbitmq-server"

    @classmethod
    def installed(cls) -> bool:
        return bool(find("rabbitmq-server") and find("rabbitmqctl") and find("epmd"))

    @property
    def epmd(self) -> Daemon:
        mark = f"{self.folder}/epmd"
        return Daemon(pid_file=self.data / "epmd.pid", log=self.log, mark=mark)

    def prepare(self) -> Launch:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.kept.free_port("distribution_port")
        if not self.kept.get("node"):
            self.kept.set("node", f"energy-{short_hash(self.folder)}@localhost")
        self._write_configuration()
        if self.epmd.pid() is None:
            self._start_epmd()
        mark = ["-energy_services", str(self.folder)]
        return Launch(
            arguments=[str(find("rabbitmq-server")), *mark], environment=self._environment()
        )

    def is_ready(self) -> bool:
        return rabbitmq_is_ready(self.port, self.kept.password())

    def stop(self, *, immediate: bool = False) -> bool:
        stopped = super().stop(immediate=immediate)
        self.epmd.end(signal.SIGTERM)
        return stopped

    def address(self) -> str:
        return f"amqp://energy:{self.kept.password()}@127.0.0.1:{self.port}/%2F"

    def client(self, arguments: list[str]) -> tuple[list[str], dict[str, str]]:
        return [str(find("rabbitmqctl")), *arguments], {**os.environ, **self._environment()}

    def container(self) -> dict[str, Any]:
        return {
            "image": "rabbitmq:4-management",
            "hostname": "rabbitmq",  # the node's name, and so its data, depends on it
            "environment": {
                "RABBITMQ_DEFAULT_USER": "energy",
                "RABBITMQ_DEFAULT_PASS": self.kept.password(),
            },
            "ports": [f"127.0.0.1:{self.port}:5672"],
            "volumes": ["rabbitmq:/var/lib/rabbitmq"],
        }

    def _write_configuration(self) -> None:
        configuration = self.folder / "rabbitmq.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(
            CONFIGURATION.format(port=self.port, password=self.kept.password())
        )
        (self.folder / "enabled_plugins").write_text("[].\n")
        (self.folder / "rabbitmq-env.conf").touch()

    def _start_epmd(self) -> None:
        port = self.kept.free_port("epmd_port")
        self.epmd.spawn(
            Launch(
                # argv[0] carries the mark; the executable is named beside it
                arguments=[f"{self.folder}/epmd", "-port", str(port), "-address", "127.0.0.1"],
                executable=str(find("epmd")),
                environment=base_environment(),
            )
        )

    def _environment(self) -> dict[str, str]:
        folder = self.folder
        return {
            **base_environment(),
            "HOME": str(folder),  # for the Erlang cookie
            "RABBITMQ_NODENAME": str(self.kept.get("node")),
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.kept.get("distribution_port")),
            "ERL_EPMD_PORT": str(self.kept.get("epmd_port")),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_CONFIG_FILES": str(folder / "conf.d"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": LOOPBACK_ONLY,
            "RABBITMQ_CTL_ERL_ARGS": LOOPBACK_ONLY,
            # Then the script becomes the server, instead of a shell that waits for it: one pid.
            "RUNNING_UNDER_SYSTEMD": "true",
        }


def find(program: str) -> Path | None:
    return find_program([program], [*SERVER_FOLDERS, *ERLANG_FOLDERS])
