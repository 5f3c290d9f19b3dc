"""Everything that a test may break: servers of the suite's own, and the platform on them."""

import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from _services.choice import obtain
from _services.container import Container
from _services.postgres import Postgres
from _services.private import PrivateServer
from _services.rabbitmq import RabbitMQ
from _services.redis import Redis
from _services.service import ServiceError

from tests.servers import free_port, until

from .broker import Broker
from .database import Database
from .programs import Program, program_environment

HEARTBEAT_S = 4


class Servers:
    """Private ones in ``data``, whatever servers the environment names."""

    def __init__(self, data: Path) -> None:
        names = ["rabbitmq", "postgres", "redis"]
        if any(isinstance(server, Container) for server in obtain(names, data, {})):
            raise ServiceError(
                "The fault suite signals its servers' processes: it needs PostgreSQL, RabbitMQ"
                " and Redis as installed programs, not in containers."
            )
        self.rabbitmq, self.postgres, self.redis = RabbitMQ(data), Postgres(data), Redis(data)
        self.all: list[PrivateServer] = [self.rabbitmq, self.postgres, self.redis]

    def bring_up(self) -> None:
        """Starts what does not run and resumes what is suspended."""
        for server in self.all:
            if server.running():
                server.kill(signal.SIGCONT)
            else:
                server.start()
        for server in self.all:
            server.wait()

    def stop(self) -> None:
        for server in self.all:
            server.stop(immediate=True)


class Site:
    """The servers, and the platform's processes on them."""

    def __init__(self, data: Path, servers: Servers) -> None:
        self.data = data
        self.servers = servers
        self.database = Database(self.servers.postgres.address())
        self.broker = Broker(self.servers.rabbitmq)
        self.programs: list[Program] = []

    def prepare(self) -> None:
        """Queues and tables."""
        self.broker.declare()
        program = self._start("django", "migrate", DJANGO_SETTINGS_MODULE="energy.settings")
        until(lambda: not program.is_alive(), what="the migrations end", within_s=120)
        assert program.succeeded(), program.tail()

    def worker(self, **settings: str) -> Program:
        """A worker that takes readings."""
        before = set(self.broker.consumers())
        name = f"faults{free_port()}@localhost"
        worker = self._start("celery", "-A", "energy", "worker", "--hostname", name, **settings)
        worker.wait_until_ready(lambda printed: "Receiving readings from" in printed)
        until(lambda: bool(set(self.broker.consumers()) - before), what="the worker takes readings")
        return worker

    @contextmanager
    def web_server(self) -> Iterator[str]:
        """Gives its address."""
        port = str(free_port())
        daphne = self._start("daphne", "-b", "127.0.0.1", "-p", port, "energy.asgi:application")
        try:
            daphne.wait_until_ready(lambda printed: "Listening on TCP address" in printed)
            yield f"127.0.0.1:{port}"
        finally:
            daphne.end()

    def end_programs(self) -> None:
        for program in self.programs:
            program.end()
        self.programs.clear()

    def _start(self, *arguments: str, **settings: str) -> Program:
        log = self.data / f"program-{len(list(self.data.glob('program-*')))}.log"
        program = Program(list(arguments), self._environment(**settings), log)
        self.programs.append(program)
        return program

    def _environment(self, **settings: str) -> dict[str, str]:
        return program_environment(
            DATABASE_URL=self.database.url,
            BROKER_URL=self.broker.url,
            REDIS_URL=self.servers.redis.address(),
            **{"INGEST_HEARTBEAT_S": str(HEARTBEAT_S), **settings},
        )


@contextmanager
def temporary_site() -> Iterator[Site]:
    """Nothing of it is left at the end, whatever happens in between."""
    data = Path(tempfile.mkdtemp(prefix="energy-faults-"))
    data.chmod(0o711)  # root runs PostgreSQL as another user, who must get through
    with ExitStack() as undo:
        undo.callback(shutil.rmtree, data, ignore_errors=True)
        servers = Servers(data)
        undo.callback(servers.stop)
        servers.bring_up()
        site = Site(data, servers)
        undo.callback(site.broker.close)
        undo.callback(site.end_programs)
        site.prepare()
        yield site
