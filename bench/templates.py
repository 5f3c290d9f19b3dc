"""The prepared databases that runs start from: a fleet of sensors with what it has sent so far."""

from collections.abc import Iterator
from contextlib import closing

from bench.broker import fill_queue
from bench.clock import patience_s
from bench.databases import Databases
from bench.messages import Backlog, Sent, encode_all, readings, register_kwh
from bench.ours import running_workers
from bench.raw import make_raw_table
from bench.servers import Servers
from bench.stored import Stored

OWNERS = 1_000
READINGS_A_MESSAGE = 1_000


class Templates:
    """Makes each on its first use."""

    def __init__(self, servers: Servers, databases: Databases) -> None:
        self._servers = servers
        self._databases = databases
        self._made: set[str] = set()

    def primed(self, name: str, backlog: Backlog, *, history_steps: int = 0) -> str:
        """A fleet of which each sensor has sent a reading, or more, before the backlog's first.

        Those come through the worker, as all others, and are in the history: so the platform is in
        its own order, and nothing is behind when the clock starts.
        """
        if name not in self._made:
            self._databases.copy(self.fleet(backlog.workload.sensors), name)
            self._ingest(name, backlog, range(-history_steps, 1))
            self._databases.run_python(name, "-m", "bench.history.sums")
            with closing(self._databases.connect(name)) as connection:
                make_raw_table(connection)
            self._made.add(name)
        return name

    def fleet(self, sensors: int, *, owners: int = OWNERS) -> str:
        """Sensors that have not sent anything; sensor ``i`` belongs to owner ``i % owners``."""
        owners = min(sensors, owners)
        name = f"fleet_{sensors}_{owners}"
        if name not in self._made:
            self._databases.create(name)
            sizes = ["--sensors", str(sensors), "--owners", str(owners)]
            self._databases.run_python(name, "-m", "bench.fleet", *sizes)
            self._made.add(name)
        return name

    def _ingest(self, name: str, backlog: Backlog, steps: range) -> None:
        sensors = backlog.workload.sensors
        bodies = self._bodies(backlog, steps)
        fill_queue(self._servers.broker_url, bodies)
        last = Sent(sensors - 1, backlog.start_us, register_kwh(sensors - 1, 0))
        rows = sensors * len(steps)
        with (
            running_workers(1, database_url=self._databases.url(name)) as (worker,),
            closing(self._databases.connect(name)) as connection,
        ):
            Stored(connection).wait_for(
                last, rows=rows, within_s=patience_s(rows), check=worker.check
            )

    @staticmethod
    def _bodies(backlog: Backlog, steps: range) -> Iterator[bytes]:
        sent = readings(backlog.workload.sensors, steps, start_us=backlog.start_us)
        return encode_all(sent, per_message=READINGS_A_MESSAGE)
