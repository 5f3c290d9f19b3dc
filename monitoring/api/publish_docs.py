"""What the OpenAPI document says of the wire message."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from monitoring.api.parameters import EXAMPLE_UUID
from monitoring.rules.readings import MAX_REGISTER_KWH
from monitoring.rules.wire import MAX_READINGS

DESCRIPTION = """\
Takes a meter's message: one reading, as an object or a list of its three values, or a list of up
to 1,000 of them; at most 256 KiB.

* `timestamp`: ISO 8601 with an offset or Z, or epoch seconds, or (from 1e11 on) milliseconds
* `sensor_id`: the sensor's id
* `measurement_value`: the cumulative register, in kWh, from 0 to 1e12

The answer comes when the broker has the message safe; it is stored soon after. A bad reading does
not cost its good neighbours: it is kept in quarantine for the administrators. Sending the same
reading again does no harm.
"""

EXAMPLES = [
    OpenApiExample(
        "One reading",
        value={
            "timestamp": 1773144000000,
            "sensor_id": EXAMPLE_UUID,
            "measurement_value": 1830.25,
        },
        request_only=True,
    ),
    OpenApiExample(
        "Two readings",
        value=[
            ["2026-03-10T12:00:00Z", EXAMPLE_UUID, 1830.25],
            ["2026-03-10T12:01:00Z", EXAMPLE_UUID, 1830.26],
        ],
        request_only=True,
    ),
    OpenApiExample(
        "One of two",
        value={
            "accepted": 1,
            "rejected": [
                {
                    "reason": "naive_timestamp",
                    "detail": "'2026-03-10T12:01' has no offset: write Z or +02:00 behind it.",
                }
            ],
        },
        response_only=True,
        status_codes=["202"],
    ),
    OpenApiExample(
        "Nothing acceptable",
        value={
            "accepted": 0,
            "rejected": [
                {"reason": "bad_shape", "detail": "The field 'measurement_value' is missing."}
            ],
        },
        response_only=True,
        status_codes=["400"],
    ),
]

_TIMESTAMP: dict[str, Any] = {
    "oneOf": [{"type": "string", "format": "date-time"}, {"type": "number"}],
    "description": "ISO 8601 with an offset or Z; or epoch seconds; or epoch milliseconds.",
}
_SENSOR_ID: dict[str, Any] = {"type": "string", "format": "uuid"}
_VALUE: dict[str, Any] = {
    "type": "number",
    "minimum": 0,
    "maximum": MAX_REGISTER_KWH,
    "description": "The cumulative register, in kWh.",
}
_OBJECT: dict[str, Any] = {
    "type": "object",
    "required": ["timestamp", "sensor_id", "measurement_value"],
    "properties": {
        "timestamp": _TIMESTAMP,
        "sensor_id": _SENSOR_ID,
        "measurement_value": _VALUE,
    },
}
# OpenAPI 3.0 cannot say which of the three stands where.
_TRIPLE: dict[str, Any] = {
    "type": "array",
    "description": "timestamp, sensor_id, measurement_value",
    "minItems": 3,
    "maxItems": 3,
    "items": {"oneOf": [{"type": "string"}, {"type": "number"}]},
}
_BATCH: dict[str, Any] = {
    "type": "array",
    "minItems": 1,
    "maxItems": MAX_READINGS,
    "items": {"oneOf": [_OBJECT, _TRIPLE]},
}
MESSAGE_SCHEMA: dict[str, Any] = {"oneOf": [_OBJECT, _TRIPLE, _BATCH]}
