"""Readings as the rules know them: one, or thousands as columns."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Self

#: The highest register that is accepted: as much as a country uses in years. Sums and powers of
#: such registers are far from what a float can hold.
MAX_REGISTER_KWH = 1e12


class Reading(NamedTuple):
    """One register value: ``sensor_uuid`` in canonical lower case, UTC microseconds, kWh."""

    sensor_uuid: str
    measured_at_us: int
    energy_kwh: float


class Readings:
    """Any number of readings as three columns of the same length, in the order of arrival.

    A reading here takes 24 bytes and no object of its own, where a ``Reading`` takes some 200.
    """

    __slots__ = ("bodies", "energy_kwh", "measured_at_us", "sensor_uuids")

    def __init__(
        self,
        sensor_uuids: list[str],
        measured_at_us: "array[int]",
        energy_kwh: "array[float]",
        bodies: Sequence[bytes] = (),
    ) -> None:
        self.sensor_uuids = sensor_uuids
        self.measured_at_us = measured_at_us  # UTC microseconds since 1970
        self.energy_kwh = energy_kwh
        #: The messages that held them, as far as they are kept: what is found unfit later goes to
        #: quarantine with its original bytes.
        self.bodies = list(bodies)

    @classmethod
    def of(cls, readings: Iterable[Reading]) -> Self:
        """The columns of these readings."""
        columns = cls.none()
        for uuid, at_us, energy_kwh in readings:
            columns.sensor_uuids.append(uuid)
            columns.measured_at_us.append(at_us)
            columns.energy_kwh.append(energy_kwh)
        return columns

    @classmethod
    def none(cls) -> Self:
        """No readings yet."""
        return cls([], array("q"), array("d"))

    def extend(self, more: "Readings") -> None:
        """Appends the rows of ``more``."""
        self.sensor_uuids += more.sensor_uuids
        self.measured_at_us += more.measured_at_us
        self.energy_kwh += more.energy_kwh
        self.bodies += more.bodies

    def pick(self, rows: Sequence[int]) -> "Readings":
        """Some of the rows."""
        return Readings(
            [self.sensor_uuids[row] for row in rows],
            array("q", (self.measured_at_us[row] for row in rows)),
            array("d", (self.energy_kwh[row] for row in rows)),
            self.bodies,
        )

    def __len__(self) -> int:
        return len(self.sensor_uuids)

    def __iter__(self) -> Iterator[Reading]:
        return map(Reading, self.sensor_uuids, self.measured_at_us, self.energy_kwh)

    def __getitem__(self, rows: slice) -> "Readings":
        return Readings(
            self.sensor_uuids[rows], self.measured_at_us[rows], self.energy_kwh[rows], self.bodies
        )
