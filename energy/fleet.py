"""Where administrators begin: the fleet's state, what waits for them, and what they manage."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from celery import current_app
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from energy.fleet_forms import EntryForm, ReasonForm
from energy.health import get_states
from energy.metrics.broker import QUEUES, QueueState, get_queue_states
from monitoring.admin.decisions import Decide, decide_entry, discard_entry, release_entry
from monitoring.admin.fall_choices import get_choices
from monitoring.admin.imports import render_progress
from monitoring.admin.quarantine import readable
from monitoring.fleet import overview
from monitoring.fleet.meters import get_meters
from monitoring.fleet.rate import get_rate
from monitoring.fleet.trend import get_trend
from monitoring.ingest.topology import DEAD_QUEUE
from monitoring.models import QuarantinedReading

logger = logging.getLogger(__name__)

RAW_SHOWN_BYTES = 500
ACTIONS_SHOWN = 5
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

    @property
    def is_idle(self) -> bool:
        """Whether nobody takes from a queue that a worker should take from."""
        return self.consumers == 0 and self.name != DEAD_QUEUE.name


def for_administrators(view: ViewT) -> ViewT:
    """Asks everybody else to log in, as the rest of the administration does."""
    return admin.site.admin_view(view)


@for_administrators
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Meters, the last day, decisions, imports, servers, peaks, and the lists of all there is."""
    now = timezone.now()
    form = ReasonForm(request.GET)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    context = {
        "now": now,
        **_get_state(now),
        **_get_decisions(reason),
        **_get_servers(),
        "imports": [(upload, render_progress(upload)) for upload in overview.get_imports()],
        "peaks": overview.get_newest_peaks(),
        "emails": overview.get_email_trouble(),
        "lists": admin.site.get_app_list(request),
        "actions": LogEntry.objects.filter(user=request.user.pk).order_by("-pk")[:ACTIONS_SHOWN],
    }
    context["is_quiet"] = not (
        context["down_count"]
        or context["has_idle_queue"]
        or context["quarantine_count"]
        or context["fall_count"]
        or (context["meters"] and context["meters"].silent)
        or context["emails"].newest
    )
    return render(request, "admin/fleet.html", context)


def _get_state(now: datetime) -> dict[str, Any]:
    return {
        "meters": get_meters(now=now),
        "rate": get_rate(now=now),
        "trend": get_trend(now=now),
    }


def _get_decisions(reason: str) -> dict[str, Any]:
    counts = overview.get_quarantine_counts()
    return {
        "reason": reason,
        "quarantine_counts": counts,
        "quarantine_count": sum(row.waiting for row in counts),
        "quarantine": [_as_row(entry) for entry in overview.get_quarantine(reason=reason)],
        "beyond": overview.get_beyond(),
        "fall_count": overview.count_register_falls(),
        "falls": [get_choices(fall) for fall in overview.get_register_falls()],
    }


def _get_servers() -> dict[str, Any]:
    states = get_states()
    queues = _get_queues() if states["broker"] == "up" else []
    return {
        "servers": [(SERVER_NAMES[name], state) for name, state in states.items()],
        "down_count": sum(state != "up" for state in states.values()),
        "queues": queues,
        "has_idle_queue": any(queue.is_idle for queue in queues),
    }


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
