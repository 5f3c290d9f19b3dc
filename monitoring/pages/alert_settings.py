"""How a user hears of alerts: their choices, and the way out of the emails."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.requests import UserRequest
from monitoring.notifications.emails import choices
from monitoring.pages.alert_forms import AlertSettingsForm


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def alert_settings(request: UserRequest) -> HttpResponse:
    """Emails, quiet hours, and the browser's own notifications."""
    chosen = choices.get_alert_settings(user=request.user)
    form = AlertSettingsForm(request.POST or None, instance=chosen)
    if not form.is_valid():
        return render(request, "monitoring/alert_settings.html", {"form": form})
    choices.save_alert_settings(form.save(commit=False))
    messages.success(request, _("Your alert settings have been saved."))
    return redirect("alert-settings")


# The token says who it is: a mail program that unsubscribes for its user has no cookies (RFC 8058).
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Turns the emails off, after a question: a link may be opened by a mail scanner."""
    try:
        if request.method == "POST":
            choices.unsubscribe(token=token, now=timezone.now())
        else:
            choices.read_unsubscribe_token(token)
    except choices.BadToken as error:
        raise Http404 from error
    context = {"is_done": request.method == "POST"}
    return render(request, "monitoring/unsubscribe.html", context)
