"""Addresses of the pages."""

from django.urls import path
from django.views.generic import RedirectView

from monitoring.pages import (
    alert_settings,
    alerts,
    devices,
    explore,
    exports,
    forecast,
    goal,
    overview,
)

urlpatterns = [
    path("", overview.home, name="home"),
    path("devices/", devices.device_list, name="device-list"),
    path("devices/<int:device_id>/", devices.device_detail, name="device-detail"),
    path("goal/", goal.goal_of_all, name="goal"),
    path("devices/<int:device_id>/goal/", goal.goal_of_device, name="device-goal"),
    path("forecast/", forecast.forecast, name="forecast"),
    path("sensors/<uuid:uuid>/", devices.sensor_detail, name="sensor-detail"),
    path("devices/<int:device_id>/explore/", explore.explore_device, name="device-explore"),
    path(
        "devices/<int:device_id>/explore/data/",
        explore.explore_device_data,
        name="device-explore-data",
    ),
    path("sensors/<uuid:uuid>/explore/", explore.explore_sensor, name="sensor-explore"),
    path(
        "sensors/<uuid:uuid>/explore/data/",
        explore.explore_sensor_data,
        name="sensor-explore-data",
    ),
    path("alerts/", alerts.alert_list, name="notification-list"),
    path("alerts/<int:seq>/", alerts.alert_detail, name="alert-detail"),
    path("alerts/groups/<int:group_id>/", alerts.alert_group, name="alert-group"),
    path("alerts/read/", alerts.mark_alerts_read, name="alert-mark-read"),
    path("alerts/acknowledge/", alerts.acknowledge_alert, name="alert-acknowledge"),
    path("alerts/settings/", alert_settings.alert_settings, name="alert-settings"),
    path("alerts/unsubscribe/<str:token>/", alert_settings.unsubscribe, name="alert-unsubscribe"),
    # Where the inbox was; people have bookmarks.
    path("notifications/", RedirectView.as_view(pattern_name="notification-list", permanent=True)),
    path("devices/<int:device_id>/export/", exports.export_device, name="device-export"),
    path("sensors/<uuid:sensor_id>/export/", exports.export_sensor, name="sensor-export"),
    path("export/", exports.export_all, name="export"),
]
