"""``goal/``: the energy that a user means to use in a month, and this month beside it."""

from typing import Any

from django.utils import timezone
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

from devices.models import Device, Sensor
from monitoring.api.access import get_device, user_of
from monitoring.api.answers import SENSOR_LIST_ERRORS
from monitoring.api.comparison import ProjectionSerializer, as_projection
from monitoring.api.figure_parameters import LARGEST_ID
from monitoring.api.parameters import EXAMPLE_ZONE, read_integer, read_time_zone
from monitoring.figures.goals import get_goal_course, get_goal_kwh, set_goal
from monitoring.models.goals import LARGEST_GOAL_KWH, SMALLEST_GOAL_KWH
from monitoring.rules.goal import GoalCourse
from monitoring.rules.rounding import round_estimate, round_kwh, round_share

DESCRIPTION = """\
The energy that the user means to use at most in each month, for all of their own devices together,
or for one, and this month beside it, in kWh. `course` is null while there is no goal.

- `known_kwh`: what is known of this month; `known_share`: the share of its time so far that is;
- `gap_kwh`: what was probably used in the rest of that time;
- `left_kwh`: the goal less both; negative once it is exceeded;
- `allowed_kwh_a_day`: what is left, by the days that are left; null in the month's last hour;
- `projection`: as `month_projection` in `comparison/`.

`gap_kwh` and `projection` are null before 7 days are known.
"""
PARAMETERS = [
    OpenApiParameter(
        "device", OpenApiTypes.INT64, description="The goal of this device alone, by its id."
    ),
    OpenApiParameter(
        "time_zone",
        description=f"Whose clock tells the month, such as {EXAMPLE_ZONE}; "
        "the user's own if it is not given.",
    ),
]


@extend_schema_serializer(examples=[OpenApiExample("200 kWh", value={"kwh": 200})])
class SetGoalSerializer(serializers.Serializer[Any]):
    kwh = serializers.DecimalField(
        max_digits=11,
        decimal_places=3,
        min_value=SMALLEST_GOAL_KWH,
        max_value=LARGEST_GOAL_KWH,
        allow_null=True,
        help_text="The goal of each month, in kWh; null removes it.",
    )


class GoalCourseSerializer(serializers.Serializer[Any]):
    known_kwh = serializers.FloatField(help_text="What is known of this month, in kWh.")
    known_share = serializers.FloatField(help_text="The share of its time so far, from 0 to 1.")
    gap_kwh = serializers.FloatField(allow_null=True, help_text="Expected of the rest of that.")
    left_kwh = serializers.FloatField(help_text="What is left of the goal; may be negative.")
    rest_days = serializers.FloatField(help_text="How much of the month is left, in 24 hours.")
    allowed_kwh_a_day = serializers.FloatField(allow_null=True, help_text="Left for 24 hours.")
    projection = ProjectionSerializer(allow_null=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A household on 21 April",
            response_only=True,
            value={
                "device_id": None,
                "time_zone": EXAMPLE_ZONE,
                "kwh": 200.0,
                "course": {
                    "known_kwh": 132.4,
                    "known_share": 0.95,
                    "gap_kwh": 6.6,
                    "left_kwh": 61.0,
                    "rest_days": 10.0,
                    "allowed_kwh_a_day": 6.1,
                    "projection": {"kwh": 208.0, "low_kwh": 199.1, "high_kwh": 216.9},
                },
            },
        )
    ]
)
class GoalSerializer(serializers.Serializer[Any]):
    device_id = serializers.IntegerField(allow_null=True, help_text="Null: all own devices.")
    time_zone = serializers.CharField(help_text="The zone of the month.")
    kwh = serializers.FloatField(allow_null=True, help_text="The goal; null: none is set.")
    course = GoalCourseSerializer(allow_null=True)


class GoalView(APIView):
    @extend_schema(
        tags=["figures"],
        summary="A month's goal",
        description=DESCRIPTION,
        parameters=PARAMETERS,
        responses={200: GoalSerializer, **SENSOR_LIST_ERRORS},
    )
    def get(self, request: Request) -> Response:
        return _answer(request, _read_device(request))

    @extend_schema(
        tags=["figures"],
        summary="Set a month's goal",
        description="Sets, changes or removes the goal in kWh, and answers as GET.",
        parameters=PARAMETERS,
        request=SetGoalSerializer,
        responses={200: GoalSerializer, **SENSOR_LIST_ERRORS},
    )
    def put(self, request: Request) -> Response:
        device = _read_device(request)
        given = SetGoalSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        set_goal(user=user_of(request), device=device, kwh=given.validated_data["kwh"])
        return _answer(request, device)


def _read_device(request: Request) -> Device | None:
    device_id = read_integer(request, "device", low=1, high=LARGEST_ID)
    return None if device_id is None else get_device(request, device_id)


def _answer(request: Request, device: Device | None) -> Response:
    user = user_of(request)
    zone = read_time_zone(request, default=user.time_zone)
    kwh = get_goal_kwh(user=user, device=device)
    course = None
    if kwh is not None:
        sensors = Sensor.objects.all()
        own = sensors.filter(device=device) if device else sensors.filter(device__owner=user)
        ids = list(own.values_list("pk", flat=True))
        course = get_goal_course(sensor_ids=ids, goal_kwh=float(kwh), now=timezone.now(), zone=zone)
    return Response(
        {
            "device_id": device.pk if device else None,
            "time_zone": zone.key,
            "kwh": None if kwh is None else float(kwh),
            "course": course and _as_course(course),
        }
    )


def _as_course(course: GoalCourse) -> dict[str, Any]:
    return {
        "known_kwh": round_kwh(course.known_kwh),
        "known_share": round_share(course.known.share),
        "gap_kwh": round_estimate(course.gap_kwh),
        "left_kwh": round_estimate(course.left_kwh),
        "rest_days": round_estimate(course.rest_days),
        "allowed_kwh_a_day": round_estimate(course.allowed_kwh_a_day),
        "projection": as_projection(course.projection),
    }
