"""The page of notifications."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import UserRequest
from monitoring.notifications.outbox import get_notifications, mark_read
from monitoring.pages.inbox import UnknownNotification, mark_one_read

NOTIFICATIONS_A_PAGE = 25
LARGEST_SEQ = 2**63 - 1


class MarkReadForm(forms.Form):
    """Which: one, or all up to the newest that the page showed."""

    seq = forms.IntegerField(min_value=1, max_value=LARGEST_SEQ, required=False)
    up_to_seq = forms.IntegerField(min_value=0, max_value=LARGEST_SEQ, required=False)
    page = forms.IntegerField(min_value=1, required=False)

    def clean(self) -> dict[str, Any]:
        """Neither is not "all": that would also mark what nobody has seen."""
        if self.cleaned_data.get("seq") is None and self.cleaned_data.get("up_to_seq") is None:
            raise forms.ValidationError(_("Say which notifications were read."))
        return self.cleaned_data


@require_safe
@login_required
def notification_list(request: UserRequest) -> HttpResponse:
    """The user's notifications, newest first."""
    paginator = Paginator(get_notifications(user=request.user), NOTIFICATIONS_A_PAGE)
    page = paginator.get_page(request.GET.get("page", "1"))
    return render(request, "monitoring/notification_list.html", {"page": page})


@require_POST
@login_required
def mark_notifications_read(request: UserRequest) -> HttpResponse:
    """Marks one notification read (``seq``), or all that the page could show (``up_to_seq``)."""
    form = MarkReadForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    seq, up_to_seq = form.cleaned_data["seq"], form.cleaned_data["up_to_seq"]
    try:
        if seq is None:
            mark_read(user=request.user, now=timezone.now(), up_to_seq=up_to_seq)
        else:
            mark_one_read(user=request.user, seq=seq, now=timezone.now())
    except UnknownNotification as error:
        raise Http404 from error
    page = form.cleaned_data["page"] or 1
    return redirect(reverse("notification-list", query={"page": page} if page > 1 else None))
