"""Users in the admin, each with their devices and meters."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin import UserAdmin
from accounts.models import User
from devices.models import Device
from monitoring.admin.deletion import UnusedDeletedAdmin
from monitoring.admin.meters import get_own_meters, get_power, get_time
from monitoring.admin.readonly import BoundedAdmin
from monitoring.models import Notification, ReadingImport


@admin.register(User)
class UserWithMetersAdmin(UserAdmin, BoundedAdmin[User], UnusedDeletedAdmin[User]):
    """One click from a client to their devices and meters, with power and last reading."""

    readonly_fields: ClassVar[tuple[str, ...]] = (*UserAdmin.readonly_fields, "devices_and_meters")

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        first, *others = fieldsets
        meters = (_("Devices and meters"), {"fields": ("devices_and_meters",)})
        return (first, meters, *others)

    def is_used(self, row: User) -> bool:
        kept = (
            Device.objects.filter(owner=row),
            Notification.objects.filter(user=row),
            ReadingImport.objects.filter(user=row),
        )
        return any(rows.exists() for rows in kept)

    @admin.display(description=_("devices of this user"))
    def devices_and_meters(self, user: User) -> SafeString:
        own = get_own_meters(user)
        rows = [
            {
                "device": of_device.device,
                "meters": [
                    {"sensor": sensor, "power": get_power(sensor), "at": get_time(sensor)}
                    for sensor in of_device.sensors
                ],
            }
            for of_device in own.devices
        ]
        context = {"rows": rows, "has_more": own.has_more, "owner": user}
        return SafeString(render_to_string("admin/accounts/user/meters.html", context))
