"""``POST readings/``: the wire message for those who do not speak AMQP."""

import time
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, NotFound
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from devices.access import get_sensors
from monitoring.api.access import user_of
from monitoring.api.answers import NOT_FOUND, UNAUTHORIZED
from monitoring.api.publish_docs import DESCRIPTION, EXAMPLES, MESSAGE_SCHEMA
from monitoring.ingest.publisher import BrokerUnavailable, publish_message
from monitoring.ingest.topology import BATCH_ROUTING_KEY, routing_key_of
from monitoring.rules.rejections import Rejection
from monitoring.rules.wire import MAX_MESSAGE_BYTES, ParsedMessage, parse_message


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("A message has at most 256 KiB.")


class NoBroker(APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = _("The message broker is not accepting messages right now. Try again soon.")
    wait = 5  # seconds; becomes the Retry-After header


class MessageParser(BaseParser):
    """Leaves the body as it is: the message rule reads it, and the broker gets these very bytes."""

    media_type = "application/json"

    def parse(  # type: ignore[override]  # what it returns is request.data
        self, stream: Any, media_type: Any = None, parser_context: Any = None
    ) -> bytes:
        return read_body(stream)


class RejectedSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(help_text="A short code.")
    detail = serializers.CharField(help_text="A sentence.")


class PublishedSerializer(serializers.Serializer[Any]):
    accepted = serializers.IntegerField(help_text="How many readings are acceptable.")
    rejected = RejectedSerializer(many=True, help_text="The others; they go to quarantine.")


class PublishView(APIView):
    parser_classes = [MessageParser]

    @extend_schema(
        tags=["readings"],
        summary="Send readings",
        description=DESCRIPTION,
        request={"application/json": MESSAGE_SCHEMA},
        examples=EXAMPLES,
        responses={
            202: PublishedSerializer,
            400: OpenApiResponse(
                PublishedSerializer, description="Nothing in the message is acceptable."
            ),
            401: UNAUTHORIZED,
            404: NOT_FOUND,
            413: OpenApiResponse(OpenApiTypes.OBJECT, description="It has more than 256 KiB."),
            415: OpenApiResponse(OpenApiTypes.OBJECT, description="It is not application/json."),
            503: OpenApiResponse(
                OpenApiTypes.OBJECT,
                description="The broker is away: try again after the seconds in Retry-After.",
            ),
        },
    )
    def post(self, request: Request) -> Response:
        body = _body_of(request)
        message = parse_message(body, now_us=time.time_ns() // 1000)
        _check_sensors(message, user_of(request))
        if not message.readings:
            return Response(_outcome(message), status.HTTP_400_BAD_REQUEST)
        try:
            publish_message(body, _routing_key(message))
        except BrokerUnavailable:
            raise NoBroker from None
        return Response(_outcome(message), status.HTTP_202_ACCEPTED)


def read_body(stream: Any) -> bytes:
    """The whole body. Raises ``TooLarge`` without reading more than a message may have."""
    body: bytes = stream.read(MAX_MESSAGE_BYTES + 1)
    if len(body) > MAX_MESSAGE_BYTES:
        raise TooLarge
    return body


def _body_of(request: Request) -> bytes:
    # The framework takes a body without a Content-Length (chunked) for none.
    return request.data if isinstance(request.data, bytes) else read_body(request._request)


def _check_sensors(message: ParsedMessage, user: User) -> None:
    """Raises ``NotFound`` if the message names a sensor that the user may not see.

    An administrator may send for any sensor, even one that is still to be registered: the worker
    then keeps its readings in quarantine.
    """
    if user.is_staff:
        return
    named = _sensors_in(message)
    if get_sensors(user=user).filter(uuid__in=named).count() < len(named):
        raise NotFound


def _sensors_in(message: ParsedMessage) -> set[str]:
    rejected = {rejection.sensor_uuid for rejection in message.rejections if rejection.sensor_uuid}
    return rejected | {reading.sensor_uuid for reading in message.readings}


def _routing_key(message: ParsedMessage) -> str:
    named = _sensors_in(message)
    return routing_key_of(named.pop()) if len(named) == 1 else BATCH_ROUTING_KEY


def _outcome(message: ParsedMessage) -> dict[str, Any]:
    return {
        "accepted": len(message.readings),
        "rejected": [_as_row(rejection) for rejection in message.rejections],
    }


def _as_row(rejection: Rejection) -> dict[str, str]:
    return {"reason": rejection.reason, "detail": rejection.detail}
