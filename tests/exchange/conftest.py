"""Files as people send them."""

from collections.abc import Iterable

from devices.models import Sensor
from monitoring.rules.instants import from_us
from tests.conftest import reading

HEADER = "timestamp,sensor_id,measurement_value\n"


def csv_of(sensor: Sensor, values: Iterable[tuple[float, float]]) -> bytes:
    """A file of (minute after ``NOON``, kWh) readings."""
    rows = (reading(sensor, *value) for value in values)
    lines = (f"{from_us(at).isoformat()},{uuid},{kwh!r}\n" for uuid, at, kwh in rows)
    return (HEADER + "".join(lines)).encode()
