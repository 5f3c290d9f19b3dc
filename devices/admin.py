"""Devices in the admin, each with its sensors. Sensors have a page of their own in monitoring."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from devices.models import Device, Sensor
from devices.number_fields import CommaOrPointDecimalField


class DeviceForm(forms.ModelForm[Device]):
    """Django's own, but for how numbers are typed."""

    class Meta:
        model = Device
        fields = ("owner", "description", "address", "max_hourly_consumption_kwh")
        field_classes = {"max_hourly_consumption_kwh": CommaOrPointDecimalField}


class SensorForm(forms.ModelForm[Sensor]):
    """The id may be typed when a meter is registered, and never changes after."""

    class Meta:
        model = Sensor
        fields = (
            "uuid",
            "device",
            "description",
            "max_power_kw",
            "register_digits",
            "register_step_kwh",
            "is_active",
        )
        field_classes = {
            "max_power_kw": CommaOrPointDecimalField,
            "register_step_kwh": CommaOrPointDecimalField,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "uuid" in self.fields:
            self.fields["uuid"].disabled = True


class SensorInline(admin.TabularInline[Sensor, Device]):
    model = Sensor
    form = SensorForm
    fields = ("uuid", "description", "max_power_kw", "is_active")
    extra = 0
    show_change_link = True
    # A sensor that has readings cannot be deleted; its own page says so, without reading them.
    can_delete = False


@admin.register(Device)
class DeviceAdmin(admin.ModelAdmin[Device]):
    form = DeviceForm
    list_display = ("description", "address", "owner", "max_hourly_consumption_kwh", "sensor_count")
    list_filter = (("created_at", admin.DateFieldListFilter),)
    list_select_related = ("owner",)
    search_fields = ("description", "address", "owner__email", "owner__name")
    search_help_text = _("Description, address, or the owner's email address or name.")
    autocomplete_fields = ("owner",)
    readonly_fields = ("created_at",)
    inlines = [SensorInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Device]:
        return super().get_queryset(request).annotate(sensor_count=Count("sensors"))

    @admin.display(description=_("sensors"), ordering="sensor_count")
    def sensor_count(self, device: Any) -> int:
        return int(device.sensor_count)
