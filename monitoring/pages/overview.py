"""The start page."""

from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import UserRequest
from devices.access import is_client
from monitoring.notifications.outbox import get_last_seq
from monitoring.pages.overview_page import get_overview


@require_safe
@login_required
def home(request: UserRequest) -> HttpResponse:
    """The user's own devices at a glance; the fleet for an administrator who has none."""
    if not is_client(request.user):
        return redirect("fleet")
    last_seq = get_last_seq(user_id=request.user.pk)  # before the list: see unread_notifications
    page = request.GET.get("page", "1")
    now, zone = timezone.now(), ZoneInfo(request.user.time_zone)
    overview = get_overview(user=request.user, page=page, now=now, zone=zone)
    context = {
        "last_seq": last_seq,
        "overview": overview,
        "page": overview.rows,
        "comparison": overview.comparison,
    }
    return render(request, "monitoring/overview.html", context)
