"""Power to explore: the page of a range of time, and what its script asks for as one zooms."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import UserRequest
from devices.access import get_devices, get_sensors
from devices.models import Device, Sensor
from monitoring.notifications.outbox import get_last_seq
from monitoring.pages.explore_page import ExplorePage, Subject, get_explore_page
from monitoring.pages.explore_range import Range, get_bounds, parse_range


@require_safe
@login_required
def explore_device(request: UserRequest, device_id: int) -> HttpResponse:
    """The sensors of a device that the user may see, together."""
    device = _get_device(request, device_id)
    path = reverse("device-explore", args=[device.pk])
    return _show(request, _of_device(device), path=path, back_url=device.get_absolute_url())


@require_safe
@login_required
def explore_sensor(request: UserRequest, uuid: UUID) -> HttpResponse:
    """One sensor that the user may see."""
    sensor = _get_sensor(request, uuid)
    path = reverse("sensor-explore", args=[sensor.uuid])
    back_url = reverse("sensor-detail", args=[sensor.uuid])
    return _show(request, _of_sensor(sensor), path=path, back_url=back_url)


@require_safe
@login_required
def explore_device_data(request: UserRequest, device_id: int) -> HttpResponse:
    """A range of a device as JSON."""
    device = _get_device(request, device_id)
    return _answer(request, _of_device(device), path=reverse("device-explore", args=[device.pk]))


@require_safe
@login_required
def explore_sensor_data(request: UserRequest, uuid: UUID) -> HttpResponse:
    """A range of a sensor as JSON."""
    sensor = _get_sensor(request, uuid)
    return _answer(request, _of_sensor(sensor), path=reverse("sensor-explore", args=[uuid]))


def _get_device(request: UserRequest, device_id: int) -> Device:
    return get_object_or_404(get_devices(user=request.user), pk=device_id)


def _get_sensor(request: UserRequest, uuid: UUID) -> Sensor:
    return get_object_or_404(get_sensors(user=request.user), uuid=uuid)


def _of_device(device: Device) -> Subject:
    """A device with one sensor is shown as that is, with its readings and its limit."""
    sensors = list(device.sensors.all())
    if len(sensors) == 1:
        return Subject(device.description, sensors, float(sensors[0].max_power_kw))
    return Subject(device.description, sensors, float(device.max_hourly_consumption_kwh))


def _of_sensor(sensor: Sensor) -> Subject:
    return Subject(sensor.description, [sensor], float(sensor.max_power_kw))


def _show(request: UserRequest, subject: Subject, *, path: str, back_url: str) -> HttpResponse:
    """The page. A form's times are local: they become an address that means the same to all."""
    last_seq = get_last_seq(user_id=request.user.pk)  # before the peaks: see unread_notifications
    now = timezone.now()
    shown = _get_range(request, subject, now)
    if request.GET and request.META["QUERY_STRING"] != shown.query:
        return redirect(f"{path}?{shown.query}")
    page = _get_page(request, subject, shown, now)
    context = {"page": page, "path": path, "back_url": back_url, "last_seq": last_seq}
    return render(request, "monitoring/explore.html", context)


def _answer(request: UserRequest, subject: Subject, *, path: str) -> HttpResponse:
    """What the chart draws, and the parts of the page that tell of the range."""
    now = timezone.now()
    page = _get_page(request, subject, _get_range(request, subject, now), now)
    context = {"page": page, "path": path}
    html = render_to_string("monitoring/explore_range.html", context, request)
    return JsonResponse({"title": page.chart.title, "data": page.chart.data, "html": html})


def _get_range(request: UserRequest, subject: Subject, now: datetime) -> Range:
    bounds = get_bounds(sensors=len(subject.sensors))
    zone = ZoneInfo(request.user.time_zone)
    return parse_range(request.GET.dict(), now=now, zone=zone, bounds=bounds)


def _get_page(request: UserRequest, subject: Subject, shown: Range, now: datetime) -> ExplorePage:
    zone = ZoneInfo(request.user.time_zone)
    return get_explore_page(subject=subject, user=request.user, shown=shown, now=now, zone=zone)
