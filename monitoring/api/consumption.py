"""``consumption/`` of a sensor, a device and a client: how much energy flowed, and when."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from devices.models import Sensor
from monitoring.api.access import get_device, get_sensor, user_of
from monitoring.api.consumption_docs import CLIENT, DEVICE, SENSOR
from monitoring.api.parameters import (
    bad_parameter,
    read_choice,
    read_time_zone,
    read_whole_window,
)
from monitoring.history.boundaries import GroupBy, TooManyIntervals
from monitoring.history.consumption import Consumption
from monitoring.history.queries import MAX_INTERVALS, get_consumption
from monitoring.rules.instants import from_us
from monitoring.rules.intervals import Quality
from monitoring.rules.rounding import round_energies, round_kw, round_share

QUALITY_NAMES = [quality.name.lower() for quality in Quality]  # by its number


class SensorConsumptionView(APIView):
    @SENSOR
    def get(self, request: Request, sensor_id: str) -> HttpResponse:
        sensor = get_sensor(request, sensor_id)
        return answer_consumption(request, {"sensor_id": str(sensor.uuid)}, [sensor.pk])


class DeviceConsumptionView(APIView):
    @DEVICE
    def get(self, request: Request, pk: int) -> HttpResponse:
        device = get_device(request, pk)
        sensor_ids = Sensor.objects.filter(device=device).values_list("pk", flat=True)
        return answer_consumption(request, {"device_id": device.pk}, list(sensor_ids))


class ClientConsumptionView(APIView):
    @CLIENT
    def get(self, request: Request) -> HttpResponse:
        # An administrator too has only their own: a sum over all clients is nobody's consumption.
        owned = Sensor.objects.filter(device__owner=user_of(request))
        return answer_consumption(request, {}, list(owned.values_list("pk", flat=True)))


def answer_consumption(
    request: Request, subject: dict[str, Any], sensor_ids: Sequence[int]
) -> HttpResponse:
    """The consumption that a request asks for, of the sensors together."""
    start, end = read_whole_window(request)
    group_by = read_choice(request, "group_by", GroupBy.HOUR)
    zone = read_time_zone(request, default=user_of(request).time_zone)
    try:
        found = get_consumption(sensor_ids, start=start, end=end, group_by=group_by, zone=zone)
    except TooManyIntervals:
        raise _too_many(group_by) from None
    answer = {
        **subject,
        "group_by": group_by.value,
        "time_zone": zone.key,
        "results": _as_rows(found, zone),
    }
    # A serializer and the framework's renderer would take most of the time of a long answer.
    return HttpResponse(orjson.dumps(answer), content_type="application/json")


def _as_rows(found: Consumption, zone: tzinfo) -> list[dict[str, Any]]:
    ends = [_local(at_us, zone).isoformat() for at_us in found.end_us.tolist()]
    starts = [_local(at_us, zone).isoformat() for at_us in found.start_us[:1].tolist()] + ends
    kwh = round_energies(found.kwh)[0]  # together, so that they sum to what flowed
    columns = (kwh, found.peak_kw, found.coverage, found.quality)
    return [
        {
            "interval_start": start,
            "interval_end": end,
            "kwh": kwh,  # NaN becomes null
            "peak_kw": round_kw(peak_kw),
            "coverage": round_share(coverage),
            "quality": QUALITY_NAMES[quality],
        }
        for start, end, kwh, peak_kw, coverage, quality in zip(
            starts, ends, *(column.tolist() for column in columns), strict=False
        )
    ]


def _local(at_us: int, zone: tzinfo) -> datetime:
    return from_us(at_us).astimezone(zone)


def _too_many(group_by: GroupBy) -> serializers.ValidationError:
    return bad_parameter(
        "end",
        _(
            "The window holds more than %(limit)d intervals of group_by=%(group_by)s: "
            "ask for a shorter window, or for longer intervals."
        )
        % {"limit": MAX_INTERVALS, "group_by": group_by.value},
    )
