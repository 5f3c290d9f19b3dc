"""The start page."""

from math import isclose
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import UserRequest
from monitoring.figures.comparison import Comparison
from monitoring.notifications.outbox import get_last_seq
from monitoring.pages.comparison import get_own_comparison
from monitoring.pages.overview_page import Overview, get_overview
from monitoring.rules.comparison import Compared

NEARLY_ALL = 0.05


@require_safe
@login_required
def home(request: UserRequest) -> HttpResponse:
    """The user's own devices at a glance."""
    last_seq = get_last_seq(user_id=request.user.pk)  # before the list: see unread_notifications
    page = request.GET.get("page", "1")
    now, zone = timezone.now(), ZoneInfo(request.user.time_zone)
    overview = get_overview(user=request.user, page=page, now=now, zone=zone)
    comparison = (
        get_own_comparison(user=request.user, now=now, zone=zone) if overview.has_readings else None
    )
    context = {
        "last_seq": last_seq,
        "overview": overview,
        "page": overview.rows,
        "comparison": comparison,
        "usual": _get_usual(overview, comparison),
    }
    return render(request, "monitoring/overview.html", context)


def _get_usual(overview: Overview, comparison: Comparison | None) -> Compared | None:
    """Today beside the usual day, where the usual is known for all of today's hours so far.

    A meter that is new has a usual for some hours only; the figure above it counts all of them.
    """
    today = comparison.today if comparison else None
    if today is None or overview.today_kwh is None:
        return None
    return today if isclose(today.kwh, overview.today_kwh, rel_tol=NEARLY_ALL) else None
