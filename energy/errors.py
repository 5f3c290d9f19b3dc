"""What is answered where there is nothing, where a server is away, and where we have failed."""

import sys

import redis.exceptions
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.defaults import page_not_found, server_error
from kombu.exceptions import OperationalError as BrokerError
from rest_framework.exceptions import APIException, NotFound

from accounts.hashers import TooManyHashes
from energy.refusals import AWAY, BUSY, is_for_programs, refuse
from monitoring.ingest.publisher import BrokerUnavailable

#: PostgreSQL, Redis or the broker cannot be reached, or serves nobody for now: no room for a
#: connection, a lock that is held for too long.
AWAY_ERRORS = (
    OperationalError,
    InterfaceError,
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
    BrokerError,
    BrokerUnavailable,
)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A page for people; for programs what the API answers where it knows no such sensor."""
    if not is_for_programs(request.path):
        return page_not_found(request, exception)
    return JsonResponse({"detail": str(NotFound.default_detail)}, status=NotFound.status_code)


def failed(request: HttpRequest) -> HttpResponse:
    """503 where a server of ours is away or busy; 500 where the fault is in the program.

    Django calls this while it handles the exception.
    """
    error = sys.exception()
    if isinstance(error, AWAY_ERRORS):
        return refuse(request, AWAY)
    if isinstance(error, TooManyHashes):
        return refuse(request, BUSY)
    if not is_for_programs(request.path):
        return server_error(request)
    detail = str(APIException.default_detail)
    return JsonResponse({"detail": detail}, status=APIException.status_code)
