"""Refuses null characters in addresses, which PostgreSQL takes in no text."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse


class RefuseNullCharacters:
    """Answers 400 to an address with a null character in its path or query.

    Forms and the API's serializers refuse them by themselves. A parameter that a view reads from
    ``request.GET`` would reach the database, whose error would be an internal one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("An address must not contain null characters.")
        return self.get_response(request)
