"""``sensors/``: the meters, each with its newest reading."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import generics, serializers

from devices.access import get_sensors
from devices.models import Sensor
from monitoring.api.access import get_sensor, user_of
from monitoring.api.answers import LIST_ERRORS, OBJECT_ERRORS, PowerField, UtcDateTimeField
from monitoring.api.paging import KeysetPagination
from monitoring.api.parameters import SENSOR_ID
from monitoring.models import SensorState


class StateSerializer(serializers.ModelSerializer[SensorState]):
    measured_at = UtcDateTimeField(help_text="When the newest reading was measured.")
    energy_kwh = serializers.FloatField(help_text="The register at that time, in kWh.")
    power_kw = PowerField(
        allow_null=True,
        help_text="Mean power between the last two readings, in kW; null before the second "
        "reading, after a falling register, and while the sensor is inactive.",
    )
    received_at = UtcDateTimeField(
        allow_null=True,
        help_text="When the sensor was last heard of; null where all that is known was imported.",
    )

    class Meta:
        model = SensorState
        fields = ["measured_at", "energy_kwh", "power_kw", "received_at"]
        read_only_fields = fields


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Main meter",
            value={
                "id": "5c2494a3-1140-4c7a-991a-a1a2561c6bc2",
                "description": "Main meter",
                "device_id": 7,
                "device": "Flat",
                "max_power_kw": 4.0,
                "register_step_kwh": None,
                "is_active": True,
                "state": {
                    "measured_at": "2026-03-10T12:00:00Z",
                    "energy_kwh": 1830.25,
                    "power_kw": 0.42,
                    "received_at": "2026-03-10T12:00:00.317Z",
                },
            },
        )
    ]
)
class SensorSerializer(serializers.ModelSerializer[Sensor]):
    id = serializers.UUIDField(source="uuid", help_text="The sensor's id on the wire and here.")
    device_id = serializers.IntegerField()
    device = serializers.CharField(
        source="device.description", help_text="The device's description."
    )
    max_power_kw = serializers.FloatField(help_text="A mean power above this is a peak, in kW.")
    register_step_kwh = serializers.FloatField(
        allow_null=True,
        help_text="In what steps the register counts, in kWh: a peak is one only if it also is "
        "with one step less. Null where every rise is judged as it is.",
    )
    state = StateSerializer(
        allow_null=True, help_text="The newest reading; null before the first one."
    )

    class Meta:
        model = Sensor
        fields = [
            "id",
            "description",
            "device_id",
            "device",
            "max_power_kw",
            "register_step_kwh",
            "is_active",
            "state",
        ]
        read_only_fields = fields

    def to_representation(self, instance: Sensor) -> dict[str, Any]:
        shown = super().to_representation(instance)
        # A sensor that was locked, but never had a reading stored, has an empty state.
        if (shown.setdefault("state", None) or {}).get("measured_at") is None:
            shown["state"] = None
        elif not instance.is_active:
            shown["state"]["power_kw"] = None  # its readings are not taken: nobody knows it
        return shown


@extend_schema(
    tags=["sensors"],
    summary="My sensors",
    description="All sensors of the user's devices; all there are for an administrator. "
    "Registers are in kWh, power is in kW.",
    responses={200: SensorSerializer(many=True), **LIST_ERRORS},
)
class SensorListView(generics.ListAPIView[Sensor]):
    queryset = Sensor.objects.none()  # names the model to the OpenAPI document
    serializer_class = SensorSerializer
    pagination_class = KeysetPagination
    key = ("id",)

    def get_queryset(self) -> QuerySet[Sensor]:
        return get_sensors(user=user_of(self.request)).select_related("state")


@extend_schema(
    tags=["sensors"],
    summary="One sensor",
    description="A sensor with its newest reading. The register is in kWh, power is in kW.",
    parameters=[SENSOR_ID],
    responses={200: SensorSerializer, **OBJECT_ERRORS},
)
class SensorView(generics.RetrieveAPIView[Sensor]):
    serializer_class = SensorSerializer

    def get_object(self) -> Sensor:
        return get_sensor(self.request, self.kwargs["sensor_id"])
