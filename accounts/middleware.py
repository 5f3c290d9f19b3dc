"""Shows each page in its reader's time zone and language."""

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation


class PreferencesMiddleware:
    """Activates the logged-in user's time zone and language for the request.

    Whoever is not logged in gets the browser's language (``LocaleMiddleware``) and UTC.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        request.LANGUAGE_CODE = user.language
        with (
            timezone.override(zoneinfo.ZoneInfo(user.time_zone)),
            translation.override(user.language),
        ):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", user.language)
            return response
