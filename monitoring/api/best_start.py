"""``best-start/``: when to start an appliance."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from monitoring.api.access import user_of
from monitoring.api.answers import SENSOR_LIST_ERRORS
from monitoring.api.figure_parameters import SCOPE, WISH, read_scope, read_wish
from monitoring.api.parameters import EXAMPLE_ZONE, bad_parameter, read_time_zone
from monitoring.figures.best_start import WindowTooShort, get_best_start
from monitoring.rules.rounding import round_estimate

DESCRIPTION = """\
The quarter hour at which to start a programme of an appliance, so that the highest power that is
expected while it runs, the appliance included, is lowest. Of equal ones the earliest. It runs in
the next window from `earliest` to `latest` that still has room for it.

The limit, in kW, is the maximum power of the sensor that is asked for; else the lower of two of the
device: its maximum hourly consumption, as a mean power, and the sum of its sensors' maximum powers;
else the sum of those limits of the user's devices. It is held against the sum of the sensors: where
there are several, ask for the one that the appliance is connected to. If no start keeps under it,
`is_under_limit` is false, and the start is the one that exceeds it least.

Powers are means of an hour in kW: within the hour it may be more for a while.
While there is too little history to forecast from, `best` is null.
"""


class BestSerializer(serializers.Serializer[Any]):
    start = serializers.DateTimeField(help_text="With the zone's offset.")
    end = serializers.DateTimeField(help_text="When the programme has ended.")
    programme_kw = serializers.FloatField(help_text="The mean power of the programme alone.")
    peak_kw = serializers.FloatField(help_text="The highest expected power while it runs.")
    high_peak_kw = serializers.FloatField(
        help_text="The same at the upper end of the forecast's range."
    )
    limit_kw = serializers.FloatField(allow_null=True)
    is_under_limit = serializers.BooleanField(help_text="peak_kw is at or under limit_kw.")
    is_surely_under_limit = serializers.BooleanField(help_text="So is high_peak_kw.")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A dishwasher in the night",
            value={
                "time_zone": EXAMPLE_ZONE,
                "known_days": 56,
                "needed_days": 10,
                "best": {
                    "start": "2026-03-11T02:15:00+02:00",
                    "end": "2026-03-11T04:15:00+02:00",
                    "programme_kw": 0.6,
                    "peak_kw": 0.74,
                    "high_peak_kw": 0.81,
                    "limit_kw": 4.0,
                    "is_under_limit": True,
                    "is_surely_under_limit": True,
                },
            },
        )
    ]
)
class BestStartSerializer(serializers.Serializer[Any]):
    time_zone = serializers.CharField(help_text="The zone of earliest and latest.")
    known_days = serializers.IntegerField(help_text="Days of measured history, 57 at most.")
    needed_days = serializers.IntegerField(help_text="So many a forecast takes.")
    best = BestSerializer(allow_null=True)


class BestStartView(APIView):
    @extend_schema(
        tags=["figures"],
        summary="When to start an appliance",
        description=DESCRIPTION,
        parameters=[*WISH, *SCOPE],
        responses={200: BestStartSerializer, **SENSOR_LIST_ERRORS},
    )
    def get(self, request: Request) -> Response:
        wish = read_wish(request)
        zone = read_time_zone(request, default=user_of(request).time_zone)
        scope = read_scope(request)
        try:
            answer = get_best_start(scope=scope, wish=wish, now=timezone.now(), zone=zone)
        except WindowTooShort:
            raise bad_parameter("latest", _("The appliance runs longer than that.")) from None
        best = answer.best
        return Response(
            {
                "time_zone": zone.key,
                "known_days": answer.forecast.known_days,
                "needed_days": answer.forecast.needed_days,
                "best": best
                and {
                    "start": best.start.astimezone(zone).isoformat(),
                    "end": best.end.astimezone(zone).isoformat(),
                    "programme_kw": round_estimate(wish.programme.power_kw),
                    "peak_kw": round_estimate(best.peak_kw),
                    "high_peak_kw": round_estimate(best.high_peak_kw),
                    "limit_kw": best.limit_kw,
                    "is_under_limit": best.is_under_limit,
                    "is_surely_under_limit": best.is_surely_under_limit,
                },
            }
        )
