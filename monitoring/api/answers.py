"""The answers that many endpoints share, as the OpenAPI document tells of them."""

from datetime import UTC
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers

from monitoring.rules.rounding import round_kw


class UtcDateTimeField(serializers.DateTimeField):
    """ISO 8601 in UTC with Z, whatever the user's time zone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)


class PowerField(serializers.FloatField):
    """A power in kW, without the noise of floating point."""

    def to_representation(self, value: float) -> Any:
        return round_kw(value)


def _detail(description: str, detail: str) -> OpenApiResponse:
    example = OpenApiExample("Answer", value={"detail": detail})
    return OpenApiResponse(OpenApiTypes.OBJECT, description=description, examples=[example])


UNAUTHORIZED = _detail(
    "There is no valid token and no session.",
    "Authentication credentials were not provided.",
)
NOT_FOUND = _detail("It does not exist, or it is somebody else's.", "Not found.")
BAD_REQUEST = OpenApiResponse(
    OpenApiTypes.OBJECT,
    description="A parameter is bad: its name, and what is wrong with it.",
    examples=[
        OpenApiExample(
            "Answer",
            value={
                "start": [
                    "“2026-03-10T00:00” is not a time with an offset, "
                    "such as 2026-03-10T00:00:00+02:00."
                ]
            },
        )
    ],
)

LIST_ERRORS = {400: BAD_REQUEST, 401: UNAUTHORIZED}
OBJECT_ERRORS = {401: UNAUTHORIZED, 404: NOT_FOUND}
SENSOR_LIST_ERRORS = {**LIST_ERRORS, 404: NOT_FOUND}
