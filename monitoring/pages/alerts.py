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
from monitoring.figures.causes import explain_peak
from monitoring.notifications.groups import UnknownGroup, get_group
from monitoring.notifications.outbox import (
    UnknownNotification,
    acknowledge,
    acknowledge_group,
    get_last_seq,
    get_notification,
    mark_group_read,
    mark_one_read,
)
from monitoring.pages.alert_course import get_course
from monitoring.pages.alert_forms import (
    AcknowledgeForm,
    AlertFilterForm,
    MarkReadForm,
    PeakPlaceForm,
    PlaceForm,
)
from monitoring.pages.alert_group import get_group_page
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
    """One of the user's alerts, with the course of power around its peak and its likely cause.

    Who has given the device away keeps the alert; names and readings are the new owner's.
    """
    try:
        notification = get_notification(user=request.user, seq=seq)
    except UnknownNotification as error:
        raise Http404 from error
    alert, zone = as_alert(notification, now=timezone.now()), ZoneInfo(request.user.time_zone)
    peak, course, explanation = alert.peak, None, None
    if notification.is_own:
        course = get_course(peak, zone=zone)
        if peak.superseded_at is None:
            explanation = explain_peak(notification.group, peak, zone=zone)
    context = {"alert": alert, "peak": peak, "course": course, "explanation": explanation}
    return render(request, "monitoring/alert_detail.html", context)


@require_safe
@login_required
def alert_group(request: UserRequest, group_id: int) -> HttpResponse:
    """The alerts of a sensor of one day, or its older peaks: all peaks of the group."""
    try:
        group = get_group(user=request.user, group_id=group_id)
    except UnknownGroup as error:
        raise Http404 from error
    before = PeakPlaceForm(request.GET).get_before()
    page = get_group_page(user=request.user, group=group, before=before, now=timezone.now())
    context = {"group": group, "page": page, "card": page.card, "is_newest": before is None}
    return render(request, "monitoring/alert_group.html", context)


@require_POST
@login_required
def mark_alerts_read(request: UserRequest) -> HttpResponse:
    """Marks alerts read: one (``seq``), a ``group``, or all that the page showed (``up_to_seq``).

    The filter of that page stands in the address, as it does in the page's own.
    """
    form = MarkReadForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    user, given, now = request.user, form.cleaned_data, timezone.now()
    try:
        if given["seq"] is not None:
            mark_one_read(user=user, seq=given["seq"], now=now)
        elif given["group"] is not None:
            mark_group_read(user=user, group_id=given["group"], now=now)
        else:
            wanted = AlertFilterForm(request.GET, user=user).get_filter()
            mark_listed_read(user=user, wanted=wanted, up_to_seq=given["up_to_seq"], now=now)
    except (UnknownNotification, UnknownGroup) as error:
        raise Http404 from error
    return _back(request)


@require_POST
@login_required
def acknowledge_alert(request: UserRequest) -> HttpResponse:
    """Says that the user has seen to an alert, or to all of a group."""
    form = AcknowledgeForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    user, given, now = request.user, form.cleaned_data, timezone.now()
    try:
        if given["seq"] is not None:
            acknowledge(user=user, seq=given["seq"], now=now)
        else:
            acknowledge_group(user=user, group_id=given["group"], now=now)
    except (UnknownNotification, UnknownGroup) as error:
        raise Http404 from error
    return _back(request)


def _back(request: UserRequest) -> HttpResponse:
    """To the page on which the button was, which is one of this site's, or to the inbox."""
    address = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return redirect(
        address if is_ours and address.startswith("/") else reverse("notification-list")
    )
