"""Answers to requests that cannot be served for now, or not at all: pages and JSON.

They need neither the database nor a session, so they can always be given.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Refusal:
    """A status with what people read of it; ``retry_after_s`` tells programs when to come back."""

    status: HTTPStatus
    heading: str | Promise
    text: str | Promise
    retry_after_s: int | None = None


AWAY = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE,
    _("Back soon"),
    _("One of our servers cannot be reached. Your meters' readings are kept. Please try again."),
    retry_after_s=10,
)


def refuse(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A page for people, in the language of their browser; JSON for programs of the API."""
    with translation.override(translation.get_language_from_request(request)):
        response = _answer(request, refusal)
        response.headers["Content-Language"] = translation.get_language()
    response.headers["Cache-Control"] = "no-store"
    if refusal.retry_after_s is not None:
        response.headers["Retry-After"] = str(refusal.retry_after_s)
    return response


def _answer(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    if is_for_programs(request.path):
        return JsonResponse({"detail": str(refusal.text)}, status=refusal.status)
    context: dict[str, Any] = {"heading": refusal.heading, "text": refusal.text}
    return HttpResponse(render_to_string("refused.html", context), status=refusal.status)


def is_for_programs(path: str) -> bool:
    """Whether an address speaks JSON."""
    return path.startswith("/api/")
