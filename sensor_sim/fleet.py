"""Many sensors whose ids are known beforehand."""

from datetime import timedelta
from uuid import UUID, uuid5

FLEET_NAMESPACE = UUID("7b2f0b0e-8f4b-4d7e-9a53-5d1f8a3c6e21")
"""Never change it: who has registered a fleet knows its sensors by these ids."""


def fleet_sensor_ids(count: int) -> list[UUID]:
    """The first ``count`` sensor ids of the fleet: always the same ones, in the same order."""
    return [uuid5(FLEET_NAMESPACE, str(index)) for index in range(count)]


def spread_phases(count: int, interval: timedelta) -> list[timedelta]:
    """Offsets that spread ``count`` sensors evenly over an interval, so that load is even too."""
    return [index * interval // count for index in range(count)]
