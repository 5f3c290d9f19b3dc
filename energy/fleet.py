"""The fleet page of the administration: the meters, and the state of all that serves them."""

import logging
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from celery import current_app
from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from energy.health import get_states
from energy.metrics.broker import QUEUES, QueueState, get_queue_states
from monitoring.admin.decisions import Decide, decide_entry, discard_entry, release_entry
from monitoring.admin.quarantine import readable
from monitoring.fleet import overview
from monitoring.fleet.rate import get_rate
from monitoring.models import QuarantinedReading

logger = logging.getLogger(__name__)

RAW_SHOWN_BYTES = 500
LARGEST_KEY = 2**63 - 1
SERVER_NAMES = {
    "database": _("database"),
    "broker": _("message broker"),
    "redis": "Redis",
}

ViewT = TypeVar("ViewT", bound=Callable[..., HttpResponse])


class Queue(NamedTuple):
    """A queue of the broker's; ``consumers`` is None where the broker cannot tell."""

    name: str
    messages: int
    consumers: int | None


class ReasonForm(forms.Form):
    """Which entries of the quarantine to show."""

    reason = forms.ChoiceField(choices=QuarantinedReading.Reason.choices, required=False)


class EntryForm(ReasonForm):
    """Which entry is decided, and to which list the page leads back."""

    entry = forms.IntegerField(min_value=1, max_value=LARGEST_KEY)


def for_administrators(view: ViewT) -> ViewT:
    """Asks everybody else to log in, as the rest of the administration does."""
    return admin.site.admin_view(view)


@for_administrators
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Meters, readings a minute, quarantine, newest peaks, and the servers."""
    now = timezone.now()
    form = ReasonForm(request.GET)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    states = get_states()
    context = {
        **admin.site.each_context(request),
        "title": _("Fleet"),
        "now": now,
        "meters": overview.get_meters(now=now),
        "rate": get_rate(now=now),
        "servers": [(SERVER_NAMES[name], state) for name, state in states.items()],
        "queues": _get_queues() if states["broker"] == "up" else [],
        "reason": reason,
        "quarantine_counts": overview.get_quarantine_counts(),
        "quarantine": [_as_row(entry) for entry in overview.get_quarantine(reason=reason)],
        "beyond": overview.get_beyond(),
        "beyond_count": overview.count_beyond(),
        "peaks": overview.get_newest_peaks(),
        "register_falls": overview.count_register_falls(),
        "emails": overview.get_email_trouble(),
        "max_counted": overview.MAX_COUNTED,
    }
    return render(request, "admin/fleet.html", context)


@for_administrators
@require_POST
def release(request: HttpRequest) -> HttpResponse:
    """Sends an entry of the quarantine through ingestion again."""
    return _decide(request, release_entry)


@for_administrators
@require_POST
def discard(request: HttpRequest) -> HttpResponse:
    """Marks an entry of the quarantine discarded."""
    return _decide(request, discard_entry)


def _decide(request: HttpRequest, decide: Decide) -> HttpResponse:
    form = EntryForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    try:
        decide_entry(request, form.cleaned_data["entry"], decide)
    except QuarantinedReading.DoesNotExist as error:
        raise Http404 from error
    reason = form.cleaned_data["reason"]
    return redirect(reverse("fleet", query={"reason": reason} if reason else None))


def _as_row(entry: QuarantinedReading) -> dict[str, Any]:
    raw = bytes(entry.raw)
    return {
        "entry": entry,
        "raw": readable(raw[:RAW_SHOWN_BYTES]),
        "is_cut": len(raw) > RAW_SHOWN_BYTES,
    }


def _get_queues() -> list[Queue]:
    """The queues with the workers that take from them; none where the broker falls silent."""
    names = [*QUEUES, current_app.conf.task_default_queue]
    try:
        states = get_queue_states(settings.BROKER_URL, names)
    except Exception as error:
        # Whatever a library makes of a broker that goes away: the rest of the page is shown.
        logger.warning("The broker does not tell of its queues: %r", error)
        return []
    return [_as_queue(name, state) for name, state in states.items()]


def _as_queue(name: str, state: QueueState) -> Queue:
    # In memory nobody counts who takes from a queue.
    is_counted = not settings.BROKER_URL.startswith("memory:")
    return Queue(name, state.messages, state.consumers if is_counted else None)
