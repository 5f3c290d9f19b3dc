"""Answers to requests that cannot be served for now, or not at all: pages and JSON.

They need neither the database nor a session, so they can always be given.
"""

import json
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, eq=False)
class Refusal:
    """A status with what people read of it; ``retry_after_s`` tells programs when to come back."""

    status: HTTPStatus
    heading: str | Promise
    text: str | Promise
    retry_after_s: int | None = None


AWAY = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE,
    _("Back soon"),
    _(
        "One of our servers is unavailable. Your meters' readings are safe. Please try again in"
        " a moment."
    ),
    retry_after_s=10,
)

BUSY = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE,
    _("We are very busy right now"),
    _("Too many requests are waiting. Please try again in a few seconds."),
    retry_after_s=5,
)
TOO_LARGE = Refusal(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _("Too large"), _("Your request is too large.")
)
TOO_SLOW = Refusal(
    HTTPStatus.REQUEST_TIMEOUT,
    _("Too slow"),
    _("Your request took too long to arrive. Please try again."),
)


def refuse(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A page for people, in the language of their browser; JSON for programs of the API."""
    is_program = is_for_programs(request.path)
    language = translation.get_language_from_request(request)
    response = HttpResponse(
        _write(refusal, language, for_programs=is_program),
        status=refusal.status,
        content_type="application/json" if is_program else None,
        headers={"Cache-Control": "no-store", "Content-Language": language},
    )
    if refusal.retry_after_s is not None:
        response.headers["Retry-After"] = str(refusal.retry_after_s)
    return response


@cache  # thousands of them may be wanted at once
def _write(refusal: Refusal, language: str, *, for_programs: bool) -> str:
    with translation.override(language):
        if for_programs:
            return json.dumps({"detail": str(refusal.text)})
        context: dict[str, Any] = {"heading": refusal.heading, "text": refusal.text}
        return render_to_string("refused.html", context)


def is_for_programs(path: str) -> bool:
    """Whether an address speaks JSON."""
    return path.startswith("/api/")
