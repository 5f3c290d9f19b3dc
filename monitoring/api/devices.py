"""``devices/``: what the user owns."""

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import generics, serializers
from rest_framework.request import Request

from devices.access import get_devices
from devices.models import Device
from monitoring.api.access import user_of
from monitoring.api.answers import LIST_ERRORS, OBJECT_ERRORS, UtcDateTimeField
from monitoring.api.paging import KeysetPagination


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Flat",
            value={
                "id": 7,
                "description": "Flat",
                "address": "1 Main Street",
                "owner": "alice@example.com",
                "max_hourly_consumption_kwh": 6.0,
                "sensors": ["5c2494a3-1140-4c7a-991a-a1a2561c6bc2"],
                "created_at": "2026-03-01T08:00:00Z",
            },
        )
    ]
)
class DeviceSerializer(serializers.ModelSerializer[Device]):
    owner = serializers.EmailField(source="owner.email", help_text="The owner's email address.")
    max_hourly_consumption_kwh = serializers.FloatField(
        help_text="The most that the device is meant to use in an hour, in kWh."
    )
    sensors = serializers.SlugRelatedField(  # type: ignore[var-annotated]
        slug_field="uuid", many=True, read_only=True, help_text="The ids of its sensors."
    )
    created_at = UtcDateTimeField()

    class Meta:
        model = Device
        fields = [
            "id",
            "description",
            "address",
            "owner",
            "max_hourly_consumption_kwh",
            "sensors",
            "created_at",
        ]
        read_only_fields = fields


@extend_schema(
    tags=["devices"],
    summary="My devices",
    description="All devices of the user; of everybody for an administrator. Energy is in kWh.",
    responses={200: DeviceSerializer(many=True), **LIST_ERRORS},
)
class DeviceListView(generics.ListAPIView[Device]):
    queryset = Device.objects.none()  # names the model to the OpenAPI document
    serializer_class = DeviceSerializer
    pagination_class = KeysetPagination
    key = ("id",)

    def get_queryset(self) -> QuerySet[Device]:
        return _get_devices(self.request)


@extend_schema(
    tags=["devices"],
    summary="One device",
    description="A device with the ids of its sensors. Energy is in kWh.",
    responses={200: DeviceSerializer, **OBJECT_ERRORS},
)
class DeviceView(generics.RetrieveAPIView[Device]):
    queryset = Device.objects.none()  # names the model to the OpenAPI document
    serializer_class = DeviceSerializer

    def get_queryset(self) -> QuerySet[Device]:
        return _get_devices(self.request)


def _get_devices(request: Request) -> QuerySet[Device]:
    """The user's devices, each with what the serializer reads of it."""
    devices = get_devices(user=user_of(request))
    return devices.select_related("owner").prefetch_related("sensors")
