"""Addresses of the pages."""

from django.urls import path

from monitoring.pages import devices, notifications

urlpatterns = [
    path("", devices.home, name="home"),
    path("devices/", devices.device_list, name="device-list"),
    path("devices/<int:device_id>/", devices.device_detail, name="device-detail"),
    path("notifications/", notifications.notification_list, name="notification-list"),
    path(
        "notifications/read/",
        notifications.mark_notifications_read,
        name="notification-mark-read",
    ),
]
