"""What the figures' requests may ask for: whose figures, and when an appliance may run."""

import math
from datetime import time, timedelta
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from monitoring.api.access import user_of
from monitoring.api.parameters import (
    EXAMPLE_ZONE,
    bad_parameter,
    missing_parameter,
    read_integer,
    read_uuid,
)
from monitoring.figures.scope import Scope, UnknownScope, get_scope
from monitoring.rules.best_start import Programme, Wish

LARGEST_ID = 2**63 - 1
MOST_MINUTES = 24 * 60
MOST_KWH = 1000

SCOPE = [
    OpenApiParameter(
        "device", OpenApiTypes.INT64, description="Only the sensors of this device, by its id."
    ),
    OpenApiParameter("sensor", OpenApiTypes.UUID, description="Only this sensor, by its UUID."),
    OpenApiParameter(
        "time_zone",
        description=f"Whose clock tells days and hours, such as {EXAMPLE_ZONE}; "
        "the user's own if it is not given.",
    ),
]


def _clock(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(
        name,
        OpenApiTypes.TIME,
        default="00:00",
        description=description,
        examples=[OpenApiExample(name, value="07:00")],
    )


WISH = [
    OpenApiParameter(
        "duration_minutes",
        OpenApiTypes.INT,
        required=True,
        description=f"How long the programme runs: 1 to {MOST_MINUTES} minutes.",
        examples=[OpenApiExample("duration_minutes", value=120)],
    ),
    OpenApiParameter(
        "kwh",
        OpenApiTypes.DOUBLE,
        required=True,
        description=f"What it uses, evenly over that time: above 0, at most {MOST_KWH} kWh.",
        examples=[OpenApiExample("kwh", value=1.2)],
    ),
    _clock("earliest", "It may start from this time on, HH:MM in the time zone."),
    _clock(
        "latest",
        "It must have ended by this time, HH:MM; before `earliest` means the next day, "
        "the same as `earliest` any time in the next 24 hours.",
    ),
]


def read_scope(request: Request) -> Scope:
    """``?device=&sensor=``, each optional. Raises ``NotFound``."""
    device_id = read_integer(request, "device", low=1, high=LARGEST_ID)
    sensor_uuid = read_uuid(request, "sensor")
    try:
        return get_scope(user=user_of(request), device_id=device_id, sensor_uuid=sensor_uuid)
    except UnknownScope:
        raise NotFound from None


def read_wish(request: Request) -> Wish:
    """``?duration_minutes=&kwh=&earliest=&latest=``, the first two required."""
    minutes = read_integer(request, "duration_minutes", low=1, high=MOST_MINUTES)
    if minutes is None:
        raise missing_parameter("duration_minutes", "120")
    programme = Programme(timedelta(minutes=minutes), _read_kwh(request))
    return Wish(programme, _read_clock(request, "earliest"), _read_clock(request, "latest"))


def _read_kwh(request: Request) -> float:
    text = request.query_params.get("kwh")
    if text is None:
        raise missing_parameter("kwh", "1.2")
    try:
        kwh = float(Decimal(text))
    except (InvalidOperation, ValueError):  # no number; a signalling NaN
        kwh = math.nan
    if not 0 < kwh <= MOST_KWH:
        raise bad_parameter(
            "kwh",
            _("“%(value)s” is not a number above 0 and up to %(most)d, such as 1.2.")
            % {"value": text, "most": MOST_KWH},
        )
    return kwh


def _read_clock(request: Request, name: str) -> time:
    text = request.query_params.get(name, "00:00")
    try:
        clock = time.fromisoformat(text)
    except ValueError:
        clock = None
    if clock is None or clock.tzinfo is not None:
        raise bad_parameter(
            name,
            _("“%(value)s” is not a time of the clock, such as 07:00.") % {"value": text},
        )
    return clock
