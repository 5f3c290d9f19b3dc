"""How much is measured: sizes for a quiet machine, scaled down for a try."""

from dataclasses import dataclass, replace

#: Readings that a concentrator sends in one message.
READINGS_A_MESSAGE = 100
QUICK_SCALE = 0.02
#: Seven weeks of a hundred sensors: enough for every figure of a page.
LEAST_OF_PAGES = 500_000


@dataclass(frozen=True)
class Workload:
    """Readings of ``sensors`` sensors at ``steps`` times, ``per_message`` to a message."""

    sensors: int
    steps: int
    per_message: int

    @property
    def readings(self) -> int:
        return self.sensors * self.steps

    @property
    def messages(self) -> int:
        return self.readings // self.per_message


@dataclass(frozen=True)
class Sizes:
    """Every size of a run."""

    rounds: int = 3
    single: Workload = Workload(sensors=1_000, steps=300, per_message=1)
    batch: Workload = Workload(sensors=1_000, steps=4_000, per_message=READINGS_A_MESSAGE)
    fleet: Workload = Workload(sensors=100_000, steps=20, per_message=READINGS_A_MESSAGE)
    #: Readings that a sensor has already when a backlog meets a full table.
    history_steps: int = 3_000
    loop: Workload = Workload(sensors=1_000, steps=3, per_message=1)
    task: Workload = Workload(sensors=500, steps=2, per_message=1)
    #: Rows of a file.
    imported: Workload = Workload(sensors=1_000, steps=1_000, per_message=1)
    latency_samples: int = 300
    load_per_s: int = 1_000
    #: Messages of 1,000 readings that wait while the database is locked.
    maximal_messages: int = 1_200
    locked_s: float = 12.0
    #: Numbers of open pages, growing.
    sockets: tuple[int, ...] = (2, 100, 500, 1_000, 2_000, 5_000)
    #: Stored readings under which history is asked for, growing.
    history: tuple[int, ...] = (1_000_000, 10_000_000, 100_000_000)
    #: Requests of a round for each address, those to get warm not counted.
    requests: int = 40
    #: Stored readings of the client whose pages are asked for.
    pages: int = 10_000_000
    #: Requests of a round for each page.
    page_requests: int = 40

    def scaled(self, scale: float) -> "Sizes":
        """The same with less of everything, but never so little that it says nothing."""
        if scale == 1:
            return self
        return replace(
            self,
            single=replace(self.single, steps=_scale(self.single.steps, scale, least=10)),
            batch=replace(self.batch, steps=_scale(self.batch.steps, scale, least=100)),
            fleet=replace(
                self.fleet, sensors=100 * _scale(self.fleet.sensors // 100, scale, least=10)
            ),
            history_steps=_scale(self.history_steps, scale, least=4),
            loop=replace(self.loop, sensors=_scale(self.loop.sensors, scale, least=100)),
            task=replace(self.task, sensors=_scale(self.task.sensors, scale, least=50)),
            imported=replace(self.imported, steps=_scale(self.imported.steps, scale, least=10)),
            latency_samples=_scale(self.latency_samples, scale, least=20),
            load_per_s=self.load_per_s,
            maximal_messages=_scale(self.maximal_messages, scale, least=200),
            locked_s=max(3.0, self.locked_s * scale),
            sockets=tuple(count for count in self.sockets if count <= max(100, 5_000 * scale)),
            history=tuple(n for n in self.history if n <= max(1_000_000, 100_000_000 * scale)),
            pages=_scale(self.pages, scale, least=LEAST_OF_PAGES),
            page_requests=_scale(self.page_requests, scale, least=5),
        )


def _scale(value: int, scale: float, *, least: int) -> int:
    return max(least, round(value * scale))


def parse_sizes(text: str) -> tuple[int, ...]:
    """Whole millions, growing, from "1m,10m". Raises ``ValueError``."""
    millions = [int(part.strip().lower().removesuffix("m")) for part in text.split(",")]
    if min(millions) < 1:
        raise ValueError("a history has at least a million readings")
    return tuple(sorted(number * 1_000_000 for number in set(millions)))
