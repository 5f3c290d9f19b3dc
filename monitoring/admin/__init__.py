"""What administrators see of the meters: sensors, findings, notifications, quarantine."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from monitoring.admin.devices import DeviceAdmin
from monitoring.admin.findings import ExceedanceAdmin, PeakAdmin, RegisterFallAdmin
from monitoring.admin.imports import ReadingImportAdmin
from monitoring.admin.notifications import AlertEmailAdmin, NotificationAdmin
from monitoring.admin.quarantine import QuarantineAdmin
from monitoring.admin.replacements import MeterReplacementAdmin
from monitoring.admin.sensors import SensorAdmin
from monitoring.admin.users import UserWithMetersAdmin

__all__ = [
    "AlertEmailAdmin",
    "DeviceAdmin",
    "ExceedanceAdmin",
    "MeterReplacementAdmin",
    "NotificationAdmin",
    "PeakAdmin",
    "QuarantineAdmin",
    "ReadingImportAdmin",
    "RegisterFallAdmin",
    "SensorAdmin",
    "UserWithMetersAdmin",
]

admin.site.site_header = _("Energy utility administration")
admin.site.site_title = _("Energy utility")
admin.site.index_title = _("Clients, devices and meters")
