"""The wire message: readings as UTF-8 JSON, and the routing key they travel under."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sensor_sim.meter import Reading

EXCHANGE_NAME = "meters"
MAX_MESSAGE_READINGS = 1000
MAX_MESSAGE_BYTES = 256 * 1024
CONTENT_TYPE = "application/json"

_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def encode_readings(readings: Sequence[Reading]) -> bytes:
    """One reading as a JSON object, several as an array of them.

    Raises ``ValueError`` if there is none, or more than a message may hold.
    """
    if not 1 <= len(readings) <= MAX_MESSAGE_READINGS:
        raise ValueError(f"a message holds 1 to {MAX_MESSAGE_READINGS} readings")
    objects = [_as_object(reading) for reading in readings]
    document = objects if len(objects) > 1 else objects[0]
    body = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
    if len(body) > MAX_MESSAGE_BYTES:
        raise ValueError(f"a message is at most {MAX_MESSAGE_BYTES} bytes long")
    return body


def routing_key(readings: Sequence[Reading]) -> str:
    """``m.<sensor uuid>``, or ``m.batch`` if the readings are of several sensors."""
    sensor_ids = {reading.sensor_id for reading in readings}
    return f"m.{sensor_ids.pop()}" if len(sensor_ids) == 1 else "m.batch"


def _as_object(reading: Reading) -> dict[str, object]:
    return {
        "timestamp": _timestamp(reading.measured_at),
        "sensor_id": str(reading.sensor_id),
        "measurement_value": reading.register_kwh,
    }


def _timestamp(measured_at: datetime) -> int | str:
    """Epoch milliseconds; ISO 8601 where they would lose microseconds (a replayed file's).

    Epoch milliseconds before 1973 would be read as seconds, but no reading is older than 2000.
    """
    milliseconds, rest = divmod(measured_at - _UNIX_EPOCH, _MILLISECOND)
    return measured_at.astimezone(UTC).isoformat() if rest else milliseconds
