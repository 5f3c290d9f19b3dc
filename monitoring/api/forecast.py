"""``forecast/``: the next 24 hours, and how wrong that has been."""

from datetime import datetime, tzinfo
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
from monitoring.figures.forecast import get_forecast
from monitoring.rules.forecast import NEEDED_DAYS, Backtest, Errors, Expected, Forecast
from monitoring.rules.instants import from_us
from monitoring.rules.rounding import ESTIMATE_DECIMALS, round_estimate, round_percent

RANGE_PERCENT = 80

DESCRIPTION = f"""\
What all of the user's own sensors together, or those of one device, or one, will probably use in
the 24 hours from the next full hour on, in kWh: the average of the same hour of the week in the
eight weeks before. From `low_kwh` to `high_kwh` lay {RANGE_PERCENT} % of what came in the backtest.

`backtest` tells how wrong the forecast was on up to 14 complete days, each forecast from the days
before it alone, beside "same as yesterday" and "same as a week ago" on the same hours:
`hour_mae_kwh` is the mean absolute error of an hour, `day_mae_kwh` of a day's total, and
`wape_percent` all absolute errors of hours in percent of all energy.

It takes {NEEDED_DAYS} complete days. Before, `results` is empty, `total` and `backtest` are null.
"""


class ForecastHourSerializer(serializers.Serializer[Any]):
    interval_start = serializers.DateTimeField(help_text="Included; with the zone's offset.")
    interval_end = serializers.DateTimeField(help_text="Excluded; with the zone's offset.")
    kwh = serializers.FloatField()
    low_kwh = serializers.FloatField()
    high_kwh = serializers.FloatField()


class ExpectedSerializer(serializers.Serializer[Any]):
    kwh = serializers.FloatField()
    low_kwh = serializers.FloatField(help_text="Errors of hours cancel out: above the sum of low.")
    high_kwh = serializers.FloatField()


class ErrorsSerializer(serializers.Serializer[Any]):
    hour_mae_kwh = serializers.FloatField()
    day_mae_kwh = serializers.FloatField()
    wape_percent = serializers.FloatField(allow_null=True, help_text="Null if nothing was used.")


class BacktestSerializer(serializers.Serializer[Any]):
    days = serializers.IntegerField(help_text="How many days were forecast.")
    hours = serializers.IntegerField(help_text="How many hours of them were compared.")
    mean_day_kwh = serializers.FloatField(help_text="What such a day used.")
    forecast = ErrorsSerializer()
    same_as_yesterday = ErrorsSerializer()
    same_as_last_week = ErrorsSerializer()
    is_better_than_naive = serializers.BooleanField(
        help_text="Whether the forecast's hours were less wrong than those of both others."
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A household",
            value={
                "time_zone": EXAMPLE_ZONE,
                "known_days": 56,
                "needed_days": NEEDED_DAYS,
                "range_percent": RANGE_PERCENT,
                "total": {"kwh": 7.9, "low_kwh": 6.6, "high_kwh": 9.4},
                "results": [
                    {
                        "interval_start": "2026-03-10T15:00:00+02:00",
                        "interval_end": "2026-03-10T16:00:00+02:00",
                        "kwh": 0.31,
                        "low_kwh": 0.18,
                        "high_kwh": 0.52,
                    }
                ],
                "backtest": {
                    "days": 14,
                    "hours": 336,
                    "mean_day_kwh": 7.6,
                    "forecast": {"hour_mae_kwh": 0.09, "day_mae_kwh": 0.7, "wape_percent": 28.4},
                    "same_as_yesterday": {
                        "hour_mae_kwh": 0.13,
                        "day_mae_kwh": 1.1,
                        "wape_percent": 41.1,
                    },
                    "same_as_last_week": {
                        "hour_mae_kwh": 0.12,
                        "day_mae_kwh": 1.0,
                        "wape_percent": 37.9,
                    },
                    "is_better_than_naive": True,
                },
            },
        )
    ]
)
class ForecastSerializer(serializers.Serializer[Any]):
    time_zone = serializers.CharField(help_text="The zone whose clock the hours follow.")
    known_days = serializers.IntegerField(help_text="Days of measured history, 57 at most.")
    needed_days = serializers.IntegerField(help_text="So many a forecast takes.")
    range_percent = serializers.IntegerField(help_text="How much is meant to lie in the ranges.")
    total = ExpectedSerializer(allow_null=True, help_text="The 24 hours together.")
    results = ForecastHourSerializer(many=True)
    backtest = BacktestSerializer(allow_null=True)


class ForecastView(APIView):
    @extend_schema(
        tags=["figures"],
        summary="The next 24 hours",
        description=DESCRIPTION,
        parameters=SCOPE,
        responses={200: ForecastSerializer, **SENSOR_LIST_ERRORS},
    )
    def get(self, request: Request) -> Response:
        zone = read_time_zone(request, default=user_of(request).time_zone)
        scope = read_scope(request)
        answer = get_forecast(sensor_ids=scope.sensor_ids, now=timezone.now(), zone=zone)
        forecast = answer.next_day
        return Response(
            {
                "time_zone": zone.key,
                "known_days": answer.known_days,
                "needed_days": answer.needed_days,
                "range_percent": RANGE_PERCENT,
                "total": forecast and _as_expected(forecast.day),
                "results": _as_rows(forecast, zone) if forecast else [],
                "backtest": forecast and _as_backtest(forecast.backtest),
            }
        )


def _as_rows(forecast: Forecast, zone: tzinfo) -> list[dict[str, Any]]:
    hours = forecast.hours
    columns = (forecast.kwh, forecast.low_kwh, forecast.high_kwh)
    values = [column.round(ESTIMATE_DECIMALS).tolist() for column in columns]
    times = [
        [_at(at_us, zone).isoformat() for at_us in ends_us.tolist()]
        for ends_us in (hours.start_us, hours.end_us)
    ]
    names = ("interval_start", "interval_end", "kwh", "low_kwh", "high_kwh")
    return [dict(zip(names, row, strict=True)) for row in zip(*times, *values, strict=True)]


def _at(at_us: int, zone: tzinfo) -> datetime:
    return from_us(at_us).astimezone(zone)


def _as_expected(expected: Expected) -> dict[str, float | None]:
    return {
        "kwh": round_estimate(expected.kwh),
        "low_kwh": round_estimate(expected.low_kwh),
        "high_kwh": round_estimate(expected.high_kwh),
    }


def _as_backtest(backtest: Backtest) -> dict[str, Any]:
    return {
        "days": backtest.days,
        "hours": backtest.hours,
        "mean_day_kwh": round_estimate(backtest.mean_day_kwh),
        "forecast": _as_errors(backtest.profile),
        "same_as_yesterday": _as_errors(backtest.same_as_yesterday),
        "same_as_last_week": _as_errors(backtest.same_as_last_week),
        "is_better_than_naive": backtest.is_better_than_naive,
    }


def _as_errors(errors: Errors) -> dict[str, float | None]:
    return {
        "hour_mae_kwh": round_estimate(errors.hour_mae_kwh),
        "day_mae_kwh": round_estimate(errors.day_mae_kwh),
        "wape_percent": round_percent(errors.wape_percent),
    }
