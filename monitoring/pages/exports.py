"""Consumption as a file, for clients at their browser: a form, and the file that it asks for."""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.requests import UserRequest
from devices.access import get_devices, get_sensors
from devices.models import Sensor
from monitoring.exchange.chunks import Span
from monitoring.exchange.formats import TOO_MANY_ROWS, BadExport, Export, Format
from monitoring.exchange.one_at_a_time import RETRY_AFTER_S, ExportRunning
from monitoring.exchange.streaming import stream_export
from monitoring.history.boundaries import GroupBy

FORMATS = [
    (Format.CSV, _("CSV (text table)")),
    (Format.XLSX, _("Excel workbook")),
    (Format.GREEN_BUTTON, _("Green Button (XML)")),
]
GROUPS = [
    (GroupBy.QUARTER, _("quarter hours")),
    (GroupBy.HOUR, _("hours")),
    (GroupBy.DAY, _("days")),
    (GroupBy.MONTH, _("months")),
    (GroupBy.YEAR, _("years")),
]
REFUSALS = {
    "group_by": _("Green Button files use quarter hours or hours."),
    "format": TOO_MANY_ROWS,
    "end": _("A file spans 20 years at most."),
}
ONE_AT_A_TIME = _(
    "Another of your files is still downloading. Wait until it is complete or cancel it, then "
    "try again."
)


class Exported(NamedTuple):
    """Whose consumption it is, and the page from which people come."""

    title: str
    back_url: str
    back_name: str | Promise


class ExportForm(forms.Form):
    """Which days, both included, of the user's clock; how long the intervals are; which file."""

    start = forms.DateField(label=_("From"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    end = forms.DateField(
        label=_("To (inclusive)"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    group_by = forms.ChoiceField(label=_("Intervals"), choices=GROUPS)
    format = forms.ChoiceField(label=_("Format"), choices=FORMATS)

    def clean_start(self) -> datetime:
        return _midnight(self.cleaned_data["start"])

    def clean_end(self) -> datetime:
        return _midnight(self.cleaned_data["end"], days_later=1)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = self.cleaned_data
        if "start" in cleaned and "end" in cleaned and cleaned["start"] >= cleaned["end"]:
            self.add_error("end", _("The end is before the start."))
        return cleaned

    def to_export(self, *, title: str, address: str, now: datetime) -> Export:
        """The file that a valid form asks for. Raises ``BadExport``."""
        chosen = self.cleaned_data
        zone = timezone.get_current_timezone()
        span = Span(chosen["start"], chosen["end"], GroupBy(chosen["group_by"]), zone)
        return Export(Format(chosen["format"]), span, title, address, now)


def make_export_form(*, prefix: str = "") -> ExportForm:
    """A form for the current month so far; ``prefix`` keeps its ids apart from another one's."""
    today = timezone.localdate()
    initial = {
        "start": today.replace(day=1),
        "end": today,
        "group_by": GroupBy.HOUR,
        "format": Format.CSV,
    }
    return ExportForm(initial=initial, auto_id=f"export_{prefix}%s")


@require_safe
@login_required
def export_all(request: UserRequest) -> HttpResponseBase:
    """All sensors of the user's own devices."""
    what = Exported(request.user.get_full_name(), reverse("home"), _("Overview"))
    return _export(request, what, Sensor.objects.filter(device__owner=request.user))


@require_safe
@login_required
def export_device(request: UserRequest, device_id: int) -> HttpResponseBase:
    """The sensors of a device that the user may see."""
    device = get_object_or_404(get_devices(user=request.user), pk=device_id)
    what = Exported(device.description, device.get_absolute_url(), device.description)
    return _export(request, what, Sensor.objects.filter(device=device))


@require_safe
@login_required
def export_sensor(request: UserRequest, sensor_id: Any) -> HttpResponseBase:
    """One sensor that the user may see."""
    sensor = get_object_or_404(get_sensors(user=request.user), uuid=sensor_id)
    path = reverse("sensor-detail", args=[sensor.uuid])
    what = Exported(sensor.description, path, sensor.description)
    return _export(request, what, Sensor.objects.filter(pk=sensor.pk))


def _export(request: UserRequest, what: Exported, sensors: QuerySet[Sensor]) -> HttpResponseBase:
    """The file; without parameters, or with bad ones, the form."""
    form = ExportForm(request.GET) if request.GET else make_export_form()
    if not form.is_valid():
        return _show(request, form, what)
    try:
        export = form.to_export(
            title=what.title, address=request.get_full_path(), now=timezone.now()
        )
        return stream_export(request, export, sensors, user=request.user)
    except BadExport as problem:
        form.add_error(problem.parameter, REFUSALS[problem.parameter])
        return _show(request, form, what)
    except ExportRunning:
        form.add_error(None, ONE_AT_A_TIME)
        answer = _show(request, form, what, status=429)
        answer.headers["Retry-After"] = str(RETRY_AFTER_S)
        return answer


def _show(
    request: UserRequest, form: ExportForm, what: Exported, *, status: int | None = None
) -> HttpResponse:
    context = {"form": form, "what": what, "export_url": request.path}
    status = status or (400 if form.is_bound else 200)
    return render(request, "monitoring/export.html", context, status=status)


def _midnight(day: date, *, days_later: int = 0) -> datetime:
    if not 1970 <= day.year < 2200:
        raise forms.ValidationError(_("The time must be between 1970 and 2200."))
    day += timedelta(days=days_later)
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_current_timezone())
