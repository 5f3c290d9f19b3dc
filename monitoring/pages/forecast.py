"""The page of what comes."""

from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import UserRequest
from monitoring.figures.scope import UnknownScope
from monitoring.pages.forecast_page import get_forecast_page


@require_safe
@login_required
def forecast(request: UserRequest) -> HttpResponse:
    """The next 24 hours of the user's own sensors, or of a device or a sensor they may see."""
    zone = ZoneInfo(request.user.time_zone)
    given = request.GET.dict()
    try:
        page = get_forecast_page(user=request.user, given=given, now=timezone.now(), zone=zone)
    except UnknownScope:
        raise Http404 from None
    return render(request, "monitoring/forecast.html", {"page": page})
