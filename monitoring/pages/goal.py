"""A month's goal: how the month goes beside it, and the form that sets it."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.requests import UserRequest
from devices.access import get_devices, get_sensors
from devices.models import Device
from devices.number_fields import CommaOrPointDecimalField
from monitoring.figures.goals import get_goal_course, get_goal_kwh, set_goal
from monitoring.models.goals import LARGEST_GOAL_KWH, SMALLEST_GOAL_KWH
from monitoring.pages.goal_chart import draw_goal


class GoalForm(forms.Form):
    """What a user means to use in a month."""

    kwh = CommaOrPointDecimalField(
        label=gettext_lazy("Monthly goal (kWh)"),
        required=False,
        min_value=SMALLEST_GOAL_KWH,
        max_value=LARGEST_GOAL_KWH,
        max_digits=11,
        decimal_places=3,
        help_text=gettext_lazy("The goal applies to every month. Leave it empty for no goal."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def goal_of_all(request: UserRequest) -> HttpResponse:
    """The goal of all devices of the user together."""
    return _show(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def goal_of_device(request: UserRequest, device_id: int) -> HttpResponse:
    """The user's goal of a device that they may see."""
    return _show(request, get_object_or_404(get_devices(user=request.user), pk=device_id))


def _show(request: UserRequest, device: Device | None) -> HttpResponse:
    kwh = get_goal_kwh(user=request.user, device=device)
    form = GoalForm(request.POST or None, initial={"kwh": kwh})
    if request.method == "POST" and form.is_valid():
        new_kwh: Decimal | None = form.cleaned_data["kwh"]
        set_goal(user=request.user, device=device, kwh=new_kwh)
        messages.success(
            request, _("Your goal has been saved.") if new_kwh else _("You have no goal.")
        )
        return redirect(request.path)
    now, zone = timezone.now(), ZoneInfo(request.user.time_zone)
    course = chart = None
    if kwh is not None:
        sensors = get_sensors(user=request.user)
        own = (
            sensors.filter(device=device) if device else sensors.filter(device__owner=request.user)
        )
        ids = list(own.values_list("pk", flat=True))
        course = get_goal_course(sensor_ids=ids, goal_kwh=float(kwh), now=now, zone=zone)
        chart = draw_goal(course, now=now, zone=zone)
    context = {"device": device, "form": form, "course": course, "chart": chart, "month": now}
    return render(request, "monitoring/goal.html", context)
