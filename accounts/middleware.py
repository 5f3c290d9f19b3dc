"""Shows each page in its reader's time zone and language, and lets nobody keep it."""

import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control

LANGUAGE_KEPT_S = 365 * 24 * 3600


class PreferencesMiddleware:
    """Activates the logged-in user's time zone and language for the request.

    Their pages are kept by no cache: Back asks for the page again, so that it tells what is so now,
    and shows nothing to whoever sits there after a logout.

    Whoever is not logged in gets the language of whom was, or the browser's
    (``LocaleMiddleware``), and UTC.
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
            _keep_language(request, response, user.language)
            patch_cache_control(response, no_store=True, private=True)
            return response


def _keep_language(request: HttpRequest, response: HttpResponse, language: str) -> None:
    """So that the login page, too, speaks it the next time (``LocaleMiddleware`` reads it)."""
    name = settings.LANGUAGE_COOKIE_NAME
    if request.COOKIES.get(name) != language:
        response.set_cookie(
            name,
            language,
            max_age=LANGUAGE_KEPT_S,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
