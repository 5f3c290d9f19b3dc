"""The list of devices, and the pages of one device and one sensor."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import UserRequest
from devices.access import get_devices, get_sensors
from monitoring.notifications.outbox import get_last_seq
from monitoring.pages.consumption_section import get_consumption_section, get_week_pattern
from monitoring.pages.device_page import get_device_page
from monitoring.pages.explore_range import make_query
from monitoring.pages.period_before import get_period_before
from monitoring.pages.periods import Period, parse_period
from monitoring.pages.sensor_cards import get_device_cards
from monitoring.pages.sensor_page import get_sensor_page
from monitoring.pages.year_calendar import get_year_calendar


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
    """One device that the user may see: its sensors now, and its consumption."""
    device = get_object_or_404(get_devices(user=request.user).select_related("owner"), pk=device_id)
    last_seq = get_last_seq(user_id=request.user.pk)  # before the peaks: see unread_notifications
    now = timezone.now()
    page = get_device_page(device=device, user=request.user, now=now)
    consumption = _get_consumption(
        request,
        page.sensor_ids,
        path=device.get_absolute_url(),
        now=now,
        max_hourly_kwh=float(device.max_hourly_consumption_kwh),
    )
    context = {"last_seq": last_seq, "page": page, **consumption}
    return render(request, "monitoring/device_detail.html", context)


@require_safe
@login_required
def sensor_detail(request: UserRequest, uuid: UUID) -> HttpResponse:
    """One sensor that the user may see: its power now and today, and its consumption."""
    sensors = get_sensors(user=request.user).select_related("state", "device__owner")
    sensor = get_object_or_404(sensors, uuid=uuid)
    last_seq = get_last_seq(user_id=request.user.pk)  # before the peaks: see unread_notifications
    now, zone = timezone.now(), ZoneInfo(request.user.time_zone)
    page = get_sensor_page(sensor=sensor, user=request.user, now=now, zone=zone)
    path = reverse("sensor-detail", args=[sensor.uuid])
    consumption = _get_consumption(request, [sensor.pk], path=path, now=now)
    context = {"last_seq": last_seq, "page": page, **consumption}
    return render(request, "monitoring/sensor_detail.html", context)


def _get_consumption(
    request: UserRequest,
    sensor_ids: Sequence[int],
    *,
    path: str,
    now: datetime,
    max_hourly_kwh: float | None = None,
) -> dict[str, Any]:
    """What ``consumption_section.html`` shows of sensors, on the page with the address ``path``."""
    zone = ZoneInfo(request.user.time_zone)
    shown = parse_period(request.GET.dict(), today=now.astimezone(zone).date())
    is_compared = request.GET.get("compare") == "before"
    kept = "&compare=before" if is_compared else ""
    link_to = _linker(path, kept)
    section = get_consumption_section(
        sensor_ids,
        shown=shown,
        now=now,
        zone=zone,
        link_to=link_to,
        max_hourly_kwh=max_hourly_kwh,
    )
    before = (
        get_period_before(sensor_ids, shown=shown, now=now, zone=zone)
        if is_compared and section.chart
        else None
    )
    return {
        "path": path,
        "kept": kept,
        "before": before,
        "section": before.lay_under(section) if before else section,
        "explore_query": make_query(*shown.span(zone)),
        "year_calendar": get_year_calendar(sensor_ids, shown=shown, zone=zone, link_to=link_to),
        "week_pattern": get_week_pattern(sensor_ids, now=now, zone=zone),
    }


def _linker(path: str, kept: str) -> Callable[[Period, datetime], str]:
    def link_to(period: Period, at: datetime) -> str:
        return f"{path}?period={period}&date={at:%Y-%m-%d}{kept}#consumption-of"

    return link_to
