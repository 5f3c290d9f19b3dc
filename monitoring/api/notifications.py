"""``notifications/``: what the user was told, as on the page's socket."""

from typing import Literal

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    extend_schema,
    extend_schema_serializer,
)
from rest_framework import generics, serializers

from monitoring.api.access import user_of
from monitoring.api.answers import LIST_ERRORS, PowerField, UtcDateTimeField
from monitoring.api.notifications_docs import DESCRIPTION
from monitoring.api.paging import KeysetPagination
from monitoring.api.parameters import read_integer
from monitoring.models import Notification
from monitoring.notifications.outbox import get_notifications

LARGEST_SEQ = 2**63 - 1


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Peak",
            value={
                "type": "peak",
                "seq": 41,
                "sensor_id": "5c2494a3-1140-4c7a-991a-a1a2561c6bc2",
                "sensor": "Main meter",
                "device_id": 7,
                "device": "Flat",
                "started_at": "2026-03-10T18:00:00Z",
                "ended_at": "2026-03-10T18:04:00Z",
                "power_kw": 5.2,
                "limit_kw": 4.0,
                "is_current": True,
                "created_at": "2026-03-10T18:04:00.52Z",
                "read_at": None,
                "acknowledged_at": None,
            },
        )
    ]
)
class NotificationSerializer(serializers.ModelSerializer[Notification]):
    type = serializers.SerializerMethodField()
    seq = serializers.IntegerField(help_text="Counts up by one for each of the user's.")
    sensor_id = serializers.UUIDField(source="peak.sensor.uuid")
    sensor = serializers.CharField(
        source="sensor_name",
        help_text="The sensor's description; empty where the device has another owner by now.",
    )
    device_id = serializers.IntegerField(source="peak.sensor.device_id")
    device = serializers.CharField(
        source="device_name",
        help_text="The device's description; empty where it has another owner by now.",
    )
    started_at = UtcDateTimeField(source="peak.started_at")
    ended_at = UtcDateTimeField(source="peak.ended_at")
    power_kw = PowerField(
        source="peak.power_kw", help_text="The highest mean power of the peak, in kW."
    )
    limit_kw = PowerField(
        source="peak.limit_kw", help_text="The sensor's maximum at that time, in kW."
    )
    is_current = serializers.SerializerMethodField(
        help_text="False where a late reading has since refuted the peak, or joined it to another."
    )
    created_at = UtcDateTimeField()
    read_at = UtcDateTimeField(help_text="Null while it is unread.", allow_null=True)

    acknowledged_at = UtcDateTimeField(
        help_text="When the user said that they had seen to it; null before.", allow_null=True
    )

    class Meta:
        model = Notification
        fields = [
            "type",
            "seq",
            "sensor_id",
            "sensor",
            "device_id",
            "device",
            "started_at",
            "ended_at",
            "power_kw",
            "limit_kw",
            "is_current",
            "created_at",
            "read_at",
            "acknowledged_at",
        ]
        read_only_fields = fields

    def get_type(self, notification: Notification) -> Literal["peak"]:
        return "peak"

    def get_is_current(self, notification: Notification) -> bool:
        return notification.peak.superseded_at is None


@extend_schema(
    tags=["notifications"],
    summary="My notifications",
    description=DESCRIPTION,
    parameters=[
        OpenApiParameter(
            "after", OpenApiTypes.INT64, description="The last `seq` that is known; 0 for none."
        )
    ],
    responses={200: NotificationSerializer(many=True), **LIST_ERRORS},
)
class NotificationListView(generics.ListAPIView[Notification]):
    queryset = Notification.objects.none()  # names the model to the OpenAPI document
    serializer_class = NotificationSerializer
    pagination_class = KeysetPagination
    key: tuple[str, ...] = ("-seq",)

    def get_queryset(self) -> QuerySet[Notification]:
        after = read_integer(self.request, "after", low=0, high=LARGEST_SEQ)
        notifications = get_notifications(user=user_of(self.request))
        if after is None:
            return notifications
        self.key = ("seq",)
        return notifications.filter(seq__gt=after)
