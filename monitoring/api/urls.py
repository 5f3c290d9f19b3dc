"""The API's addresses, below ``/api/v1/``."""

from django.urls import path

from monitoring.api.best_start import BestStartView
from monitoring.api.comparison import ComparisonView
from monitoring.api.consumption import (
    ClientConsumptionView,
    DeviceConsumptionView,
    SensorConsumptionView,
)
from monitoring.api.devices import DeviceListView, DeviceView
from monitoring.api.export import ClientExportView, DeviceExportView, SensorExportView
from monitoring.api.forecast import ForecastView
from monitoring.api.goal import GoalView
from monitoring.api.imports import ImportStateView, ImportView, RejectedRowsView
from monitoring.api.notifications import NotificationListView
from monitoring.api.peaks import PeakListView
from monitoring.api.publish import PublishView
from monitoring.api.readings import ReadingListView
from monitoring.api.schema import DocsView, SpectacularAPIView
from monitoring.api.sensors import SensorListView, SensorView

# Sensor ids are taken as text: what is no UUID is answered with the API's own 404.
urlpatterns = [
    path("devices/", DeviceListView.as_view(), name="api-devices"),
    path("devices/<int:pk>/", DeviceView.as_view(), name="api-device"),
    path(
        "devices/<int:pk>/consumption/",
        DeviceConsumptionView.as_view(),
        name="api-device-consumption",
    ),
    path("devices/<int:pk>/export/", DeviceExportView.as_view(), name="api-device-export"),
    path("sensors/", SensorListView.as_view(), name="api-sensors"),
    path("sensors/<str:sensor_id>/", SensorView.as_view(), name="api-sensor"),
    path("sensors/<str:sensor_id>/readings/", ReadingListView.as_view(), name="api-readings"),
    path("comparison/", ComparisonView.as_view(), name="api-comparison"),
    path("goal/", GoalView.as_view(), name="api-goal"),
    path("forecast/", ForecastView.as_view(), name="api-forecast"),
    path("best-start/", BestStartView.as_view(), name="api-best-start"),
    path(
        "sensors/<str:sensor_id>/consumption/",
        SensorConsumptionView.as_view(),
        name="api-sensor-consumption",
    ),
    path("sensors/<str:sensor_id>/export/", SensorExportView.as_view(), name="api-sensor-export"),
    path("export/", ClientExportView.as_view(), name="api-export"),
    path("consumption/", ClientConsumptionView.as_view(), name="api-consumption"),
    path("peaks/", PeakListView.as_view(), name="api-peaks"),
    path("notifications/", NotificationListView.as_view(), name="api-notifications"),
    path("readings/", PublishView.as_view(), name="api-publish"),
    path("readings/import/", ImportView.as_view(), name="api-import"),
    path("readings/import/<int:pk>/", ImportStateView.as_view(), name="api-import-state"),
    path(
        "readings/import/<int:pk>/rejected/",
        RejectedRowsView.as_view(),
        name="api-import-rejected",
    ),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(url_name="schema"), name="api-docs"),
]
