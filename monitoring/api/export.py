"""``export/`` of a sensor, a device and a client: consumption as a file."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)
from rest_framework import serializers, status
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.views import APIView

from devices.models import Sensor
from monitoring.api.access import get_device, get_sensor, user_of
from monitoring.api.answers import LIST_ERRORS, SENSOR_LIST_ERRORS
from monitoring.api.consumption_docs import WHICH
from monitoring.api.parameters import (
    EXAMPLE_UUID,
    SENSOR_ID,
    bad_parameter,
    read_choice,
    read_time_zone,
    read_whole_window,
)
from monitoring.exchange.chunks import Span
from monitoring.exchange.csv import HEADER
from monitoring.exchange.formats import (
    CONTENT_TYPES,
    TOO_MANY_ROWS,
    BadExport,
    Export,
    Format,
)
from monitoring.exchange.one_at_a_time import RETRY_AFTER_S, ExportRunning
from monitoring.exchange.streaming import stream_export
from monitoring.history.boundaries import GroupBy

ViewT = TypeVar("ViewT", bound=Callable[..., Any])

DESCRIPTION = """\
A file with the consumption of each sensor in each interval, in kWh, sent while it is written. A
sensor's rows begin with its first reading, and tell its name and its device's. `csv`: times in ISO
8601 with the zone's offset. `xlsx`: an Excel workbook with dates of the zone, a million rows at
most. `greenbutton`: an Atom feed of NAESB ESPI interval blocks (Wh × 10⁻³), for `group_by` quarter
and hour; intervals of which nothing is known are left out. A file spans 20 years at most. A user
has one export at a time.
"""

_CSV_ROW = (
    f"{HEADER}\n2026-03-29T02:00:00+02:00,2026-03-29T04:00:00+03:00,"
    f"{EXAMPLE_UUID},0.250000,measured,Main meter,Flat\n"
)
_PARAMETERS = [
    *WHICH,
    OpenApiParameter("format", enum=list(Format), default="csv", description="The file's format."),
]


def _documented(
    summary: str, tag: str, errors: dict[int, Any], *more: OpenApiParameter
) -> Callable[[ViewT], ViewT]:
    kinds = {
        (200, content_type.partition(";")[0]): OpenApiTypes.STR
        if kind is Format.CSV
        else OpenApiTypes.BINARY
        for kind, content_type in CONTENT_TYPES.items()
    }
    examples = [
        OpenApiExample("Rows", value=_CSV_ROW, media_type="text/csv", response_only=True),
    ]
    return extend_schema(
        tags=[tag],
        summary=summary,
        description=DESCRIPTION,
        parameters=[*more, *_PARAMETERS],
        responses={**kinds, **errors, 429: TOO_MANY},
        examples=examples,
    )


class OneAtATime(APIException):
    status_code = status.HTTP_429_TOO_MANY_REQUESTS
    default_code = "export_running"
    default_detail = gettext_lazy(
        "Another of your exports is still being sent. Only one is sent at a time."
    )
    wait = RETRY_AFTER_S  # the framework answers with it as Retry-After


TOO_MANY = OpenApiResponse(
    OpenApiTypes.OBJECT,
    description="Another export of the user is still being sent. `Retry-After` tells the seconds "
    "after which to ask again.",
)


class ExportView(APIView):
    """What the three have in common."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        # ?format= is the file's here, not that of the framework's renderers.
        renderer = self.get_renderers()[0]
        return renderer, renderer.media_type


class SensorExportView(ExportView):
    @_documented("Export of a sensor", "sensors", SENSOR_LIST_ERRORS, SENSOR_ID)
    def get(self, request: Request, sensor_id: str) -> StreamingHttpResponse:
        sensor = get_sensor(request, sensor_id)
        return _answer(request, sensor.description, Sensor.objects.filter(pk=sensor.pk))


class DeviceExportView(ExportView):
    @_documented("Export of a device", "devices", SENSOR_LIST_ERRORS)
    def get(self, request: Request, pk: int) -> StreamingHttpResponse:
        device = get_device(request, pk)
        return _answer(request, device.description, Sensor.objects.filter(device=device))


class ClientExportView(ExportView):
    @_documented("Export of all my sensors", "devices", LIST_ERRORS)
    def get(self, request: Request) -> StreamingHttpResponse:
        # An administrator too has only their own, as of consumption.
        user = user_of(request)
        return _answer(request, user.get_full_name(), Sensor.objects.filter(device__owner=user))


def _answer(request: Request, title: str, sensors: QuerySet[Sensor]) -> StreamingHttpResponse:
    start, end = read_whole_window(request)
    span = Span(
        start,
        end,
        read_choice(request, "group_by", GroupBy.HOUR),
        read_time_zone(request, default=user_of(request).time_zone),
    )
    kind = read_choice(request, "format", Format.CSV)
    try:
        export = Export(kind, span, title, request.get_full_path(), timezone.now())
        return stream_export(request._request, export, sensors, user=user_of(request))
    except BadExport as problem:
        raise _refusal(problem) from None
    except ExportRunning:
        raise OneAtATime from None


def _refusal(problem: BadExport) -> serializers.ValidationError:
    if problem.parameter == "group_by":
        return bad_parameter(
            "group_by", _("Green Button files use quarter hours (quarter) or hours (hour).")
        )
    if problem.parameter == "format":
        return bad_parameter("format", str(TOO_MANY_ROWS))
    return bad_parameter(problem.parameter, _("A file spans 20 years at most."))
