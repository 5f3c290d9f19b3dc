"""What a request may ask for: each parameter is checked, and a bad one answered with a good one."""

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

ChoiceT = TypeVar("ChoiceT", bound=StrEnum)

EXAMPLE_INSTANT = "2026-03-10T00:00:00+02:00"
EXAMPLE_UUID = "5c2494a3-1140-4c7a-991a-a1a2561c6bc2"
EXAMPLE_ZONE = "Europe/Bucharest"

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)

#: An offset whose "+" was not written as %2B: in an address that means a space.
_SPACE_FOR_PLUS = re.compile(r"(?<=T)(\S+) (\d\d:?\d\d)$")

SENSOR_ID = OpenApiParameter(
    "sensor_id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="The sensor's UUID."
)
START = OpenApiParameter(
    "start",
    OpenApiTypes.DATETIME,
    description="Begin of the window, included. ISO 8601 with an offset or Z; write + as %2B.",
)
END = OpenApiParameter(
    "end",
    OpenApiTypes.DATETIME,
    description="End of the window, excluded; after `start`. ISO 8601 with an offset or Z.",
)


class Window(NamedTuple):
    """The half-open span ``[start, end)``; without a start or an end it is open there."""

    start: datetime | None
    end: datetime | None


def bad_parameter(name: str, problem: str) -> ValidationError:
    """The error (status 400) that names the parameter and says what is wrong with it."""
    return ValidationError({name: [problem]})


def read_window(request: Request) -> Window:
    """``?start=&end=``, each optional."""
    window = Window(_read_instant(request, "start"), _read_instant(request, "end"))
    if window.start and window.end and window.end <= window.start:
        raise bad_parameter("end", _("end must be after start."))
    return window


def read_whole_window(request: Request) -> tuple[datetime, datetime]:
    """``?start=&end=``, both required."""
    start, end = read_window(request)
    if start is None:
        raise missing_parameter("start", EXAMPLE_INSTANT)
    if end is None:
        raise missing_parameter("end", EXAMPLE_INSTANT)
    return start, end


def read_choice(request: Request, name: str, default: ChoiceT) -> ChoiceT:
    """One of the values of the default's enumeration."""
    value = request.query_params.get(name, default)
    try:
        return type(default)(value)
    except ValueError:
        allowed = ", ".join(type(default))
        raise bad_parameter(
            name,
            _("“%(value)s” is not one of %(allowed)s.") % {"value": value, "allowed": allowed},
        ) from None


def read_integer(request: Request, name: str, *, low: int, high: int) -> int | None:
    """A whole number from ``low`` to ``high``; None where it is not given."""
    value = request.query_params.get(name)
    if value is None:
        return None
    # The digits are counted before they are converted: thousands of them take long.
    if not re.fullmatch(r"[0-9]{1,19}", value) or not low <= int(value) <= high:
        raise bad_parameter(
            name,
            _("“%(value)s” is not a whole number from %(low)d to %(high)d.")
            % {"value": value, "low": low, "high": high},
        )
    return int(value)


def read_uuid(request: Request, name: str) -> UUID | None:
    """A UUID; None where it is not given."""
    value = request.query_params.get(name)
    try:
        return None if value is None else UUID(value)
    except ValueError:
        raise _not_such(name, value, _("a UUID"), EXAMPLE_UUID) from None


def read_time_zone(request: Request, *, default: str) -> ZoneInfo:
    """``?time_zone=``, else the zone named ``default``."""
    name = request.query_params.get("time_zone", default)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found; a path out of the database; a folder
        raise _not_such("time_zone", name, _("a known time zone"), EXAMPLE_ZONE) from None


def _read_instant(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(_SPACE_FOR_PLUS.sub(r"\1+\2", text))
    except ValueError:
        raise _not_such(name, text, _("an ISO 8601 time"), EXAMPLE_INSTANT) from None
    if at.tzinfo is None:
        raise _not_such(name, text, _("a time with an offset"), EXAMPLE_INSTANT)
    if not EARLIEST <= at <= LATEST:
        raise bad_parameter(name, _("The time must be between 1970 and 2200."))
    return at


def missing_parameter(name: str, example: str) -> ValidationError:
    """The error (status 400) that names the parameter and gives an example of it."""
    return bad_parameter(
        name,
        _("This parameter is required, for example %(name)s=%(example)s.")
        % {"name": name, "example": example},
    )


def _not_such(name: str, value: str | None, what: str, example: str) -> ValidationError:
    return bad_parameter(
        name,
        _("“%(value)s” is not %(what)s, such as %(example)s.")
        % {"value": value, "what": what, "example": example},
    )
