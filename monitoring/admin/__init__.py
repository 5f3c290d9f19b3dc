"""What administrators see of the meters: sensors, findings, notifications, quarantine."""

from monitoring.admin.devices import DeviceAdmin
from monitoring.admin.findings import ExceedanceAdmin, PeakAdmin, RegisterFallAdmin
from monitoring.admin.imports import ReadingImportAdmin
from monitoring.admin.logins import FailedLoginAdmin, LoginAdmin
from monitoring.admin.notifications import AlertEmailAdmin, NotificationAdmin
from monitoring.admin.quarantine import QuarantineAdmin
from monitoring.admin.replacements import MeterReplacementAdmin
from monitoring.admin.sensors import SensorAdmin
from monitoring.admin.users import UserWithMetersAdmin

__all__ = [
    "AlertEmailAdmin",
    "DeviceAdmin",
    "ExceedanceAdmin",
    "FailedLoginAdmin",
    "LoginAdmin",
    "MeterReplacementAdmin",
    "NotificationAdmin",
    "PeakAdmin",
    "QuarantineAdmin",
    "ReadingImportAdmin",
    "RegisterFallAdmin",
    "SensorAdmin",
    "UserWithMetersAdmin",
]
