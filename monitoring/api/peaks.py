"""``peaks/``: when a sensor's power was above its limit."""

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    extend_schema,
    extend_schema_serializer,
)
from rest_framework import generics, serializers

from accounts.models import User
from devices.access import get_sensors
from monitoring.api.access import get_sensor, user_of
from monitoring.api.answers import SENSOR_LIST_ERRORS, PowerField, UtcDateTimeField
from monitoring.api.paging import KeysetPagination
from monitoring.api.parameters import END, START, Window, read_uuid, read_window
from monitoring.models import Peak


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Peak",
            value={
                "id": 12,
                "sensor_id": "5c2494a3-1140-4c7a-991a-a1a2561c6bc2",
                "sensor": "Main meter",
                "device_id": 7,
                "device": "Flat",
                "started_at": "2026-03-10T18:00:00Z",
                "ended_at": "2026-03-10T18:04:00Z",
                "power_kw": 5.2,
                "limit_kw": 4.0,
            },
        )
    ]
)
class PeakSerializer(serializers.ModelSerializer[Peak]):
    sensor_id = serializers.UUIDField(source="sensor.uuid")
    sensor = serializers.CharField(
        source="sensor.description", help_text="The sensor's description."
    )
    device_id = serializers.IntegerField(source="sensor.device_id")
    device = serializers.CharField(
        source="sensor.device.description", help_text="The device's description."
    )
    started_at = UtcDateTimeField()
    ended_at = UtcDateTimeField()
    power_kw = PowerField(help_text="The highest mean power of the peak, in kW.")
    limit_kw = PowerField(help_text="The sensor's maximum at that time, in kW.")

    class Meta:
        model = Peak
        fields = [
            "id",
            "sensor_id",
            "sensor",
            "device_id",
            "device",
            "started_at",
            "ended_at",
            "power_kw",
            "limit_kw",
        ]
        read_only_fields = fields


@extend_schema(
    tags=["peaks"],
    summary="Peaks of my sensors",
    description="The peaks that overlap the half-open window `[start, end)`, newest first. A run "
    "of neighbouring exceedances is one peak. What a late reading has refuted is not shown. Power "
    "is in kW.",
    parameters=[
        START,
        END,
        OpenApiParameter(
            "sensor", OpenApiTypes.UUID, description="Only of the sensor with this id."
        ),
    ],
    responses={200: PeakSerializer(many=True), **SENSOR_LIST_ERRORS},
)
class PeakListView(generics.ListAPIView[Peak]):
    queryset = Peak.objects.none()  # names the model to the OpenAPI document
    serializer_class = PeakSerializer
    pagination_class = KeysetPagination
    key = ("-started_at", "-id")

    def get_queryset(self) -> QuerySet[Peak]:
        window, sensor_uuid = read_window(self.request), read_uuid(self.request, "sensor")
        peaks = get_peaks(user=user_of(self.request), window=window)
        if sensor_uuid is None:
            return peaks
        return peaks.filter(sensor=get_sensor(self.request, sensor_uuid))


def get_peaks(*, user: User, window: Window) -> QuerySet[Peak]:
    """The current peaks of the user's sensors that overlap the window, each with its device."""
    peaks = Peak.objects.filter(superseded_at=None).select_related("sensor__device")
    if not user.is_staff:
        peaks = peaks.filter(sensor__in=get_sensors(user=user))
    if window.start:
        peaks = peaks.filter(ended_at__gt=window.start)
    if window.end:
        peaks = peaks.filter(started_at__lt=window.end)
    return peaks
