"""The pages of alerts: the inbox, one alert, and what is done with them."""

from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import UserRequest
from monitoring.notifications.outbox import (
    UnknownNotification,
    acknowledge,
    get_last_seq,
    get_notification,
    mark_one_read,
)
from monitoring.pages.alert_course import get_course
from monitoring.pages.alert_forms import AcknowledgeForm, AlertFilterForm, MarkReadForm, PlaceForm
from monitoring.pages.alert_list import as_alert, get_alert_page, mark_listed_read


@require_safe
@login_required
def alert_list(request: UserRequest) -> HttpResponse:
    """The user's alerts, newest first."""
    last_seq = get_last_seq(user_id=request.user.pk)  # before the list: see unread_notifications
    form = AlertFilterForm(request.GET, user=request.user)
    wanted, place = form.get_filter(), PlaceForm(request.GET).get_place()
    page = get_alert_page(user=request.user, wanted=wanted, place=place, now=timezone.now())
    context = {
        "last_seq": last_seq,
        "form": form,
        "page": page,
        "is_filtered": wanted.is_active,
        "is_newest": not page.has_newer and not wanted.is_active,
    }
    return render(request, "monitoring/alert_list.html", context)


@require_safe
@login_required
def alert_detail(request: UserRequest, seq: int) -> HttpResponse:
    """One of the user's alerts, with the course of power around its peak.

    Who has given the device away keeps the alert; names and readings are the new owner's.
    """
    try:
        notification = get_notification(user=request.user, seq=seq)
    except UnknownNotification as error:
        raise Http404 from error
    alert, zone = as_alert(notification, now=timezone.now()), ZoneInfo(request.user.time_zone)
    course = get_course(alert.peak, zone=zone) if notification.is_own else None
    context = {"alert": alert, "peak": alert.peak, "course": course}
    return render(request, "monitoring/alert_detail.html", context)


@require_POST
@login_required
def mark_alerts_read(request: UserRequest) -> HttpResponse:
    """Marks one alert read (``seq``), or all that the page could show (``up_to_seq``).

    The filter of that page stands in the address, as it does in the page's own.
    """
    form = MarkReadForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    seq, up_to_seq = form.cleaned_data["seq"], form.cleaned_data["up_to_seq"]
    now = timezone.now()
    if seq is None:
        wanted = AlertFilterForm(request.GET, user=request.user).get_filter()
        mark_listed_read(user=request.user, wanted=wanted, up_to_seq=up_to_seq, now=now)
        return _back(request)
    try:
        mark_one_read(user=request.user, seq=seq, now=now)
    except UnknownNotification as error:
        raise Http404 from error
    return _back(request)


@require_POST
@login_required
def acknowledge_alert(request: UserRequest) -> HttpResponse:
    """Says that the user has seen to an alert."""
    form = AcknowledgeForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    try:
        acknowledge(user=request.user, seq=form.cleaned_data["seq"], now=timezone.now())
    except UnknownNotification as error:
        raise Http404 from error
    return _back(request)


def _back(request: UserRequest) -> HttpResponse:
    """To the page on which the button was, which is one of this site's, or to the inbox."""
    address = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return redirect(
        address if is_ours and address.startswith("/") else reverse("notification-list")
    )
