"""What the OpenAPI document says of the consumption endpoints."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    extend_schema,
    extend_schema_serializer,
)
from rest_framework import serializers

from monitoring.api.answers import LIST_ERRORS, SENSOR_LIST_ERRORS
from monitoring.api.parameters import EXAMPLE_UUID, EXAMPLE_ZONE, SENSOR_ID
from monitoring.history.boundaries import GroupBy
from monitoring.history.queries import MAX_INTERVALS
from monitoring.rules.intervals import Quality

INTERVALS = f"""\
The energy that flowed in each interval, in kWh, from the cumulative register with linear
interpolation between readings: adjoining intervals sum to the last register less the first.

The intervals are whole ones: the first begins at the boundary at or before `start`, the last ends
at the boundary at or after `end`. Quarter hours are those of UTC; hours, days, months and years
those of the time zone, so a day may have 23 or 25 hours.

`kwh` is null where nothing is known: before the first reading, after the last one, and while the
register fell, unless it is known why. Of an interval that is partly known the known part counts.

What was measured within the last minute may not be in it yet. There are at most {MAX_INTERVALS}
intervals in an answer.
"""
OF_SENSORS = (
    "The sum of its sensors. `peak_kw` is null where there is more than one: their highest "
    "moments may differ.\n\n"
)


class IntervalSerializer(serializers.Serializer[Any]):
    interval_start = serializers.DateTimeField(help_text="Included; with the zone's offset.")
    interval_end = serializers.DateTimeField(help_text="Excluded; with the zone's offset.")
    kwh = serializers.FloatField(allow_null=True, help_text="Energy in kWh; null: unknown.")
    peak_kw = serializers.FloatField(
        allow_null=True,
        help_text="The highest mean power between two readings, in kW; null: unknown.",
    )
    coverage = serializers.FloatField(
        help_text="The share of the interval that lies between readings no further apart than the "
        "platform's limit, from 0 to 1."
    )
    quality = serializers.ChoiceField(
        choices=[quality.name.lower() for quality in Quality],
        help_text="`missing`: nothing is known. `estimated`: some of it is interpolated between "
        "readings further apart than the limit. `measured`: neither.",
    )


ROW = {
    "interval_start": "2026-03-29T00:00:00+02:00",
    "interval_end": "2026-03-30T00:00:00+03:00",
    "kwh": 7.413,
    "peak_kw": 3.2,
    "coverage": 1.0,
    "quality": "measured",
}


def _example(subject: dict[str, Any], row: dict[str, Any]) -> Any:
    value = {**subject, "group_by": "day", "time_zone": EXAMPLE_ZONE, "results": [row]}
    return extend_schema_serializer(examples=[OpenApiExample("A day of 23 hours", value=value)])


@_example({}, {**ROW, "peak_kw": None})
class ConsumptionSerializer(serializers.Serializer[Any]):
    group_by = serializers.ChoiceField(choices=list(GroupBy))
    time_zone = serializers.CharField(help_text="The zone of the intervals and their offsets.")
    results = IntervalSerializer(many=True)


@_example({"sensor_id": EXAMPLE_UUID}, ROW)
class SensorConsumptionSerializer(ConsumptionSerializer):
    sensor_id = serializers.UUIDField()


@_example({"device_id": 7}, {**ROW, "peak_kw": None})
class DeviceConsumptionSerializer(ConsumptionSerializer):
    device_id = serializers.IntegerField()


def _required_instant(name: str, description: str, example: str) -> OpenApiParameter:
    return OpenApiParameter(
        name,
        OpenApiTypes.DATETIME,
        required=True,
        description=f"{description} ISO 8601 with an offset or Z; write + as %2B.",
        examples=[OpenApiExample(name, value=example)],
    )


WHICH = [
    _required_instant("start", "Lies in the first interval.", "2026-03-01T00:00:00+02:00"),
    _required_instant("end", "After `start`.", "2026-04-01T00:00:00+03:00"),
    OpenApiParameter("group_by", enum=list(GroupBy), default="hour", description="The interval."),
    OpenApiParameter(
        "time_zone", description=f"Such as {EXAMPLE_ZONE}; the user's own if it is not given."
    ),
]

SENSOR = extend_schema(
    tags=["sensors"],
    summary="Consumption of a sensor",
    description=INTERVALS,
    parameters=[SENSOR_ID, *WHICH],
    responses={200: SensorConsumptionSerializer, **SENSOR_LIST_ERRORS},
)
DEVICE = extend_schema(
    tags=["devices"],
    summary="Consumption of a device",
    description=OF_SENSORS + INTERVALS,
    parameters=WHICH,
    responses={200: DeviceConsumptionSerializer, **SENSOR_LIST_ERRORS},
)
CLIENT = extend_schema(
    tags=["devices"],
    summary="My consumption",
    description="The sum of the sensors of all devices that the user owns; for an administrator "
    "too. `peak_kw` is null where there is more than one sensor.\n\n" + INTERVALS,
    parameters=WHICH,
    responses={200: ConsumptionSerializer, **LIST_ERRORS},
)
