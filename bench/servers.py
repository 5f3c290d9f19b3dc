"""What the three servers are, and how much of the processors PostgreSQL and RabbitMQ use."""

import os
import platform
import time
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psutil
import psycopg2
from kombu import Connection

from bench.failure import BenchFailed
from bench.programs import cpu_s_of_tree

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
#: Below this share of a processor a server is taken to be at rest.
QUIET_SHARE = 0.1
QUIET_SAMPLE_S = 0.5
QUIET_WITHIN_S = 20.0


@dataclass(frozen=True)
class Servers:
    """Where they are. All must be on this machine: the processors are shared and measured."""

    database_url: str
    broker_url: str
    redis_url: str
    postgres_pid: int | None
    rabbitmq_pid: int | None

    def cpu_s(self) -> dict[str, float]:
        """CPU seconds so far, of each whose process can be seen."""
        pids = {"postgres": self.postgres_pid, "rabbitmq": self.rabbitmq_pid}
        return {name: cpu_s_of_tree(pid) for name, pid in pids.items() if pid is not None}

    def wait_until_quiet(self) -> None:
        """Waits until what earlier work has left to them is done, but not for ever."""
        deadline = time.monotonic() + QUIET_WITHIN_S
        while time.monotonic() < deadline:
            before = self.cpu_s()
            time.sleep(QUIET_SAMPLE_S)
            after = self.cpu_s()
            if all(after[name] - before[name] < QUIET_SHARE * QUIET_SAMPLE_S for name in after):
                return


def find_servers() -> Servers:
    """The servers that the environment names. Raises ``BenchFailed`` for a missing or far one."""
    urls = [os.environ.get(name, "") for name in ("DATABASE_URL", "BROKER_URL", "REDIS_URL")]
    if not all(urls):
        raise BenchFailed(
            "DATABASE_URL, BROKER_URL or REDIS_URL is not set: run `make bench`, "
            "or `bin/services run -- python -m bench …`."
        )
    if any(urlsplit(url).hostname not in LOOPBACK for url in urls):
        raise BenchFailed("The servers must be on this machine (127.0.0.1).")
    database_url, broker_url, redis_url = urls
    return Servers(
        database_url,
        broker_url,
        redis_url,
        postgres_pid=_find_postgres(database_url),
        rabbitmq_pid=_find_listener(broker_url),
    )


def get_versions(servers: Servers) -> dict[str, Any]:
    """What the figures depend on."""
    with closing(psycopg2.connect(servers.database_url)) as database:
        postgres = database.info.parameter_status("server_version")
    with Connection(servers.broker_url) as broker:
        rabbitmq = broker.connection.server_properties["version"]
    return {
        "postgresql": postgres,
        "rabbitmq": rabbitmq,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": platform.platform(),
    }


def _find_postgres(url: str) -> int | None:
    """The server's main process: the parent of a connection's. None if it is hidden from us."""
    connection = psycopg2.connect(url, connect_timeout=5)
    try:
        backend = psutil.Process(connection.info.backend_pid)
        parent = backend.parent() if "postgres" in backend.name() else None
    except psutil.Error:
        return None
    finally:
        connection.close()
    return parent.pid if parent is not None else None


def _find_listener(url: str) -> int | None:
    """The process that listens on the port of ``url``. None if it is hidden from us."""
    port = urlsplit(url).port or 5672
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:
        return None
    for listening in connections:
        if listening.status != psutil.CONN_LISTEN or not listening.laddr:
            continue
        if listening.laddr.port == port:
            return listening.pid
    return None


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model n")]
    except OSError:
        return platform.processor()
    return names[0] if names else platform.processor()
