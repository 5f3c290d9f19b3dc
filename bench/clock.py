"""From the first message taken to the last row committed: time, processors, memory, disk."""

import time
from dataclasses import dataclass, field

from bench.failure import BenchFailed
from bench.messages import Backlog
from bench.programs import Program
from bench.servers import Servers
from bench.stored import Stored

#: Waiting for longer than this rate would take makes no sense, in readings a second.
SLOWEST_PER_S = 1_000
SLOWEST_START_S = 60


@dataclass(frozen=True)
class Run:
    """What one run of a workload gave."""

    readings: int
    seconds: float
    #: CPU seconds by process: worker, postgres, rabbitmq.
    cpu_s: dict[str, float] = field(default_factory=dict)
    peak_memory_mb: float | None = None
    bytes_a_reading: float | None = None

    @property
    def per_s(self) -> float:
        return self.readings / self.seconds


def patience_s(readings: int) -> float:
    """How long so many readings may take."""
    return SLOWEST_START_S + readings / SLOWEST_PER_S


def measure(
    servers: Servers, stored: Stored, programs: list[Program], backlog: Backlog, *, rows_before: int
) -> Run:
    """Measures programs that have just begun to take a backlog, until its last row is committed.

    The clock starts when the last of them says that it receives; what another one has stored by
    then does not count. Raises ``BenchFailed`` if it takes too long or a program ends.
    """
    expected = rows_before + backlog.workload.readings
    cpu_before = _cpu_s(servers, programs)
    started_at = programs[0].ready_at
    if len(programs) > 1:
        started_at = time.perf_counter()
        rows_before = stored.count()
        if expected - rows_before < backlog.workload.readings / 4:
            raise BenchFailed("The backlog was nearly stored before every worker had started.")

    def check() -> None:
        for program in programs:
            program.check()

    within_s = patience_s(backlog.workload.readings)
    ended_at = stored.wait_for(backlog.last, rows=expected, within_s=within_s, check=check)
    cpu_after = _cpu_s(servers, programs)
    return Run(
        readings=expected - rows_before,
        seconds=ended_at - started_at,
        cpu_s={name: cpu_after[name] - cpu_before[name] for name in cpu_after},
        peak_memory_mb=max(program.peak_memory_mb() for program in programs),
        bytes_a_reading=stored.bytes_a_reading(),
    )


def _cpu_s(servers: Servers, programs: list[Program]) -> dict[str, float]:
    return {"worker": sum(program.cpu_s() for program in programs), **servers.cpu_s()}
