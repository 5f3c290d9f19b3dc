"""The pages of devices."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import UserRequest
from devices.access import get_devices
from monitoring.pages.device_page import get_device_page
from monitoring.pages.sensor_cards import get_device_cards


@require_safe
@login_required
def home(request: UserRequest) -> HttpResponse:
    """The start page is the list of devices."""
    return redirect("device-list")


@require_safe
@login_required
def device_list(request: UserRequest) -> HttpResponse:
    """The devices that the user may see."""
    search = request.GET.get("q", "").strip()
    page = request.GET.get("page", "1")
    found = get_device_cards(user=request.user, search=search, page=page, now=timezone.now())
    context = {"cards": found.cards, "page": found.page, "search": search}
    return render(request, "monitoring/device_list.html", context)


@require_safe
@login_required
def device_detail(request: UserRequest, device_id: int) -> HttpResponse:
    """One device that the user may see, with the last day of its sensors."""
    device = get_object_or_404(get_devices(user=request.user).select_related("owner"), pk=device_id)
    zone = timezone.get_current_timezone()
    page = get_device_page(device=device, now=timezone.now(), zone=zone)
    return render(request, "monitoring/device_detail.html", {"page": page})
