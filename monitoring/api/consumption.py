"""``sensors/{id}/consumption/``: how much energy flowed, and when."""

from datetime import tzinfo
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    extend_schema,
    extend_schema_serializer,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from monitoring.api.access import get_sensor, user_of
from monitoring.api.answers import SENSOR_LIST_ERRORS
from monitoring.api.parameters import (
    EXAMPLE_UUID,
    EXAMPLE_ZONE,
    SENSOR_ID,
    bad_parameter,
    read_choice,
    read_time_zone,
    read_whole_window,
)
from monitoring.history.boundaries import GroupBy, TooManyIntervals
from monitoring.history.consumption import Consumption
from monitoring.history.queries import MAX_INTERVALS, get_consumption
from monitoring.rules.instants import from_us

DESCRIPTION = f"""\
The energy that flowed in each interval, in kWh, from the cumulative register with linear
interpolation between readings: adjoining intervals sum to the last register less the first.

The intervals are whole ones: the first begins at the boundary at or before `start`, the last ends
at the boundary at or after `end`. Quarter hours are those of UTC; hours, days and months those of
the time zone, so a day may have 23 or 25 hours.

`kwh` is null where nothing is known: before the first reading, after the last one, and while the
register fell. Of an interval that is partly known the known part counts.

There are at most {MAX_INTERVALS} intervals in an answer.
"""


class IntervalSerializer(serializers.Serializer[Any]):
    interval_start = serializers.DateTimeField(help_text="Included; with the zone's offset.")
    interval_end = serializers.DateTimeField(help_text="Excluded; with the zone's offset.")
    kwh = serializers.FloatField(allow_null=True, help_text="Energy in kWh; null: unknown.")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A day of 23 hours",
            value={
                "sensor_id": EXAMPLE_UUID,
                "group_by": "day",
                "time_zone": EXAMPLE_ZONE,
                "results": [
                    {
                        "interval_start": "2026-03-29T00:00:00+02:00",
                        "interval_end": "2026-03-30T00:00:00+03:00",
                        "kwh": 7.413,
                    }
                ],
            },
        )
    ]
)
class ConsumptionSerializer(serializers.Serializer[Any]):
    sensor_id = serializers.UUIDField()
    group_by = serializers.ChoiceField(choices=list(GroupBy))
    time_zone = serializers.CharField(help_text="The zone of the intervals and their offsets.")
    results = IntervalSerializer(many=True)


def _required_instant(name: str, description: str, example: str) -> OpenApiParameter:
    return OpenApiParameter(
        name,
        OpenApiTypes.DATETIME,
        required=True,
        description=f"{description} ISO 8601 with an offset or Z; write + as %2B.",
        examples=[OpenApiExample(name, value=example)],
    )


class ConsumptionView(APIView):
    @extend_schema(
        tags=["sensors"],
        summary="Consumption of a sensor",
        description=DESCRIPTION,
        parameters=[
            SENSOR_ID,
            _required_instant("start", "Lies in the first interval.", "2026-03-01T00:00:00+02:00"),
            _required_instant("end", "After `start`.", "2026-04-01T00:00:00+03:00"),
            OpenApiParameter(
                "group_by", enum=list(GroupBy), default="hour", description="The interval."
            ),
            OpenApiParameter(
                "time_zone",
                description=f"Such as {EXAMPLE_ZONE}; the user's own if it is not given.",
            ),
        ],
        responses={200: ConsumptionSerializer, **SENSOR_LIST_ERRORS},
    )
    def get(self, request: Request, sensor_id: str) -> Response:
        start, end = read_whole_window(request)
        group_by = read_choice(request, "group_by", GroupBy.HOUR)
        zone = read_time_zone(request, default=user_of(request).time_zone)
        sensor = get_sensor(request, sensor_id)
        try:
            intervals = get_consumption(
                sensor_id=sensor.pk, start=start, end=end, group_by=group_by, zone=zone
            )
        except TooManyIntervals:
            raise _too_many(group_by) from None
        return Response(
            {
                "sensor_id": str(sensor.uuid),
                "group_by": group_by.value,
                "time_zone": zone.key,
                "results": [_as_row(interval, zone) for interval in intervals],
            }
        )


def _as_row(interval: Consumption, zone: tzinfo) -> dict[str, Any]:
    # A serializer would take most of the time of a long answer.
    return {
        "interval_start": from_us(interval.start_us).astimezone(zone).isoformat(),
        "interval_end": from_us(interval.end_us).astimezone(zone).isoformat(),
        "kwh": interval.kwh,
    }


def _too_many(group_by: GroupBy) -> serializers.ValidationError:
    return bad_parameter(
        "end",
        _(
            "The window holds more than %(limit)d intervals of group_by=%(group_by)s: "
            "ask for a shorter window, or for longer intervals."
        )
        % {"limit": MAX_INTERVALS, "group_by": group_by.value},
    )
