"""Addresses of the pages."""

from django.urls import path

from monitoring.pages import devices, exports, notifications

urlpatterns = [
    path("", devices.home, name="home"),
    path("devices/", devices.device_list, name="device-list"),
    path("devices/<int:device_id>/", devices.device_detail, name="device-detail"),
    path("devices/<int:device_id>/export/", exports.export_device, name="device-export"),
    path("sensors/<uuid:sensor_id>/export/", exports.export_sensor, name="sensor-export"),
    path("export/", exports.export_all, name="export"),
    path("notifications/", notifications.notification_list, name="notification-list"),
    path(
        "notifications/read/",
        notifications.mark_notifications_read,
        name="notification-mark-read",
    ),
]
