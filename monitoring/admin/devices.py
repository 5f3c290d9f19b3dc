"""Devices in the admin, each with its sensors and what was last heard of them."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from devices.admin import DeviceForm, SensorRowForm
from devices.models import Device, Sensor
from monitoring.admin.deletion import UnusedDeletedAdmin
from monitoring.admin.links import link_to
from monitoring.admin.meters import get_power, get_time
from monitoring.admin.readonly import BoundedAdmin


class SensorInline(admin.TabularInline[Sensor, Device]):
    model = Sensor
    form = SensorRowForm
    fields = ("uuid", "description", "max_power_kw", "is_active", "power", "measured_at")
    readonly_fields = ("power", "measured_at")
    extra = 0
    show_change_link = True
    # A sensor that has readings cannot be deleted; its own page says so, without reading them.
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sensor]:
        return super().get_queryset(request).select_related("state", "device")

    @admin.display(description=_("power now"))
    def power(self, sensor: Sensor) -> str:
        return get_power(sensor)

    @admin.display(description=_("last reading"))
    def measured_at(self, sensor: Sensor) -> str:
        return get_time(sensor)


@admin.register(Device)
class DeviceAdmin(BoundedAdmin[Device], UnusedDeletedAdmin[Device]):
    form = DeviceForm
    list_display = (
        "description",
        "address",
        "owner_link",
        "max_hourly_consumption_kwh",
        "sensor_count",
    )
    list_filter = (("created_at", admin.DateFieldListFilter),)
    list_select_related = ("owner",)
    # By the key: another order would sort every device for each page.
    ordering = ("-id",)
    search_fields = ("description", "address", "owner__email", "owner__name")
    search_help_text = _("Description, address, or the owner's email address or name.")
    autocomplete_fields = ("owner",)
    readonly_fields = ("owner_link", "created_at")
    fields = (
        "owner",
        "owner_link",
        "description",
        "address",
        "max_hourly_consumption_kwh",
        "created_at",
    )
    inlines = [SensorInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Device]:
        counts = Sensor.objects.order_by().filter(device=OuterRef("pk")).values("device")
        counted = Subquery(counts.values(count=Count("pk")))
        return super().get_queryset(request).annotate(sensor_count=Coalesce(counted, 0))

    def get_fields(self, request: HttpRequest, obj: Device | None = None) -> Any:
        # A device that is being added has no owner to lead to yet.
        return [name for name in self.fields if obj or name not in self.readonly_fields]

    def is_used(self, row: Device) -> bool:
        return Sensor.objects.filter(device=row).exists()

    @admin.display(description=_("owner"), ordering="owner__email")
    def owner_link(self, device: Device) -> SafeString:
        return link_to(device.owner)

    @admin.display(description=_("sensors"), ordering="sensor_count")
    def sensor_count(self, device: Any) -> int:
        return int(device.sensor_count)
