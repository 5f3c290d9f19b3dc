"""Refuses null characters in queries, which PostgreSQL takes in no text."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse


class RefuseNullCharacters:
    """Answers 400 to an address with a null character in its query.

    Forms and the API's serializers refuse them by themselves, and no path has one. A parameter that
    a view reads from ``request.GET`` would reach the database, whose error would be an internal
    one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("A query must not contain null characters.")
        return self.get_response(request)
