"""``sensors/{id}/readings/``: the register's values as they were stored."""

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import generics, serializers

from devices.models import Sensor
from monitoring.api.access import get_sensor
from monitoring.api.answers import SENSOR_LIST_ERRORS, UtcDateTimeField
from monitoring.api.paging import KeysetPagination
from monitoring.api.parameters import END, SENSOR_ID, START, Window, read_window
from monitoring.models import Reading


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Reading", value={"measured_at": "2026-03-10T12:00:00Z", "energy_kwh": 1830.25}
        )
    ]
)
class ReadingSerializer(serializers.ModelSerializer[Reading]):
    measured_at = UtcDateTimeField()
    energy_kwh = serializers.FloatField(help_text="The cumulative register, in kWh.")

    class Meta:
        model = Reading
        fields = ["measured_at", "energy_kwh"]
        read_only_fields = fields


@extend_schema(
    tags=["sensors"],
    summary="Readings of a sensor",
    description="The readings of the half-open window `[start, end)`, oldest first, as the meter "
    "sent them: values of its cumulative register, in kWh.",
    parameters=[SENSOR_ID, START, END],
    responses={200: ReadingSerializer(many=True), **SENSOR_LIST_ERRORS},
)
class ReadingListView(generics.ListAPIView[Reading]):
    queryset = Reading.objects.none()  # names the model to the OpenAPI document
    serializer_class = ReadingSerializer
    pagination_class = KeysetPagination
    key = ("measured_at",)

    def get_queryset(self) -> QuerySet[Reading]:
        window = read_window(self.request)
        return get_readings(get_sensor(self.request, self.kwargs["sensor_id"]), window)


def get_readings(sensor: Sensor, window: Window) -> QuerySet[Reading]:
    """The sensor's readings in the window: a range of the primary key."""
    readings = Reading.objects.filter(sensor=sensor)
    if window.start:
        readings = readings.filter(measured_at__gte=window.start)
    if window.end:
        readings = readings.filter(measured_at__lt=window.end)
    return readings
