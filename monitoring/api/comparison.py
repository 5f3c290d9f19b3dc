"""``comparison/``: consumption against before, base load, and where the month is going."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from monitoring.api.access import user_of
from monitoring.api.answers import SENSOR_LIST_ERRORS
from monitoring.api.figure_parameters import SCOPE, read_scope
from monitoring.api.parameters import EXAMPLE_ZONE, read_time_zone
from monitoring.figures.comparison import get_comparison
from monitoring.rules.comparison import RANGE_SHARE, Compared, Projection
from monitoring.rules.known import KnownTime
from monitoring.rules.rounding import round_estimate, round_kwh, round_percent, round_share

DESCRIPTION = f"""\
Consumption of all of the user's own sensors together, or those of one device, or one, in kWh:

- `today` so far, against the mean of the seven days before to the same time;
- `month_to_last_month`: this month so far, against the last one to the same day and time;
- `month_to_last_year`: the same, against this month a year ago;
- `base_load_kw`: the lower quartile of the power by hour from 0 to 5 o'clock in 14 nights;
- `month_projection`: what is known of this month and the average week for the rest of it. In
  {RANGE_SHARE:.0%} of all months the truth is meant to lie from `low_kwh` to `high_kwh`.

Like is compared with like: an hour of a sensor counts on both sides or on none. `kwh` is all that
is known; `compared_kwh` the part of it with a counterpart, which is `reference_kwh`;
`change_percent` what that makes; `known` how much of the time that has passed is known, on which
the projection rests, too. A figure of which too little is known is null.
"""


class ComparedSerializer(serializers.Serializer[Any]):
    kwh = serializers.FloatField(help_text="All that is known of the span, in kWh.")
    compared_kwh = serializers.FloatField(help_text="The part of it that has a counterpart.")
    reference_kwh = serializers.FloatField(help_text="That counterpart, in kWh.")
    change_percent = serializers.FloatField(
        allow_null=True, help_text="Compared against reference; null without a reference."
    )
    known = serializers.FloatField(
        help_text="0 to 1: how much of the span so far is known, so how whole kwh is."
    )


class ProjectionSerializer(serializers.Serializer[Any]):
    kwh = serializers.FloatField(help_text="The expected total of the whole month, in kWh.")
    low_kwh = serializers.FloatField(allow_null=True, help_text="Null before 14 known days.")
    high_kwh = serializers.FloatField(allow_null=True, help_text="Null before 14 known days.")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A household",
            value={
                "time_zone": EXAMPLE_ZONE,
                "at": "2026-03-10T14:20:00+02:00",
                "today": {
                    "kwh": 4.1,
                    "compared_kwh": 4.1,
                    "reference_kwh": 5.0,
                    "change_percent": -18.0,
                    "known": 1.0,
                },
                "month_to_last_month": {
                    "kwh": 71.5,
                    "compared_kwh": 71.5,
                    "reference_kwh": 65.0,
                    "change_percent": 10.0,
                    "known": 0.96,
                },
                "month_to_last_year": None,
                "base_load_kw": 0.14,
                "month_projection": {
                    "kwh": 224.0,
                    "low_kwh": 211.3,
                    "high_kwh": 236.7,
                },
            },
        )
    ]
)
class ComparisonSerializer(serializers.Serializer[Any]):
    time_zone = serializers.CharField(help_text="The zone of days, months and nights.")
    at = serializers.DateTimeField(help_text="As of when; with the zone's offset.")
    today = ComparedSerializer(allow_null=True)
    month_to_last_month = ComparedSerializer(allow_null=True)
    month_to_last_year = ComparedSerializer(allow_null=True)
    base_load_kw = serializers.FloatField(allow_null=True, help_text="In kW.")
    month_projection = ProjectionSerializer(allow_null=True)


class ComparisonView(APIView):
    @extend_schema(
        tags=["figures"],
        summary="Consumption against before",
        description=DESCRIPTION,
        parameters=SCOPE,
        responses={200: ComparisonSerializer, **SENSOR_LIST_ERRORS},
    )
    def get(self, request: Request) -> Response:
        zone = read_time_zone(request, default=user_of(request).time_zone)
        scope = read_scope(request)
        found = get_comparison(sensor_ids=scope.sensor_ids, now=timezone.now(), zone=zone)
        return Response(
            {
                "time_zone": zone.key,
                "at": found.at.astimezone(zone).isoformat(),
                "today": _as_compared(found.today, found.today_load.known_time),
                "month_to_last_month": _as_compared(found.on_last_month, found.month_known),
                "month_to_last_year": _as_compared(found.on_last_year, found.month_known),
                "base_load_kw": round_estimate(found.base_load_kw),
                "month_projection": as_projection(found.month),
            }
        )


def _as_compared(compared: Compared | None, known: KnownTime) -> dict[str, float | None] | None:
    if compared is None:
        return None
    return {
        "kwh": round_kwh(compared.kwh),
        "compared_kwh": round_kwh(compared.compared_kwh),
        "reference_kwh": round_kwh(compared.reference_kwh),
        "change_percent": round_percent(compared.change_percent),
        "known": round_share(known.share),
    }


def as_projection(projection: Projection | None) -> dict[str, float | None] | None:
    """A projection for an answer."""
    if projection is None:
        return None
    return {
        "kwh": round_estimate(projection.kwh),
        "low_kwh": round_estimate(projection.low_kwh),
        "high_kwh": round_estimate(projection.high_kwh),
    }
