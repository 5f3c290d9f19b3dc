"""``notifications/``: what the user was told, as on the page's socket."""

from collections.abc import Mapping
from typing import Any, Literal

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    extend_schema,
    extend_schema_field,
    extend_schema_serializer,
)
from rest_framework import generics, serializers

from monitoring.api.access import user_of
from monitoring.api.answers import LIST_ERRORS, PowerField, UtcDateTimeField
from monitoring.api.notifications_docs import DESCRIPTION
from monitoring.api.paging import KeysetPagination
from monitoring.api.parameters import read_integer
from monitoring.models import Notification
from monitoring.notifications.groups import GroupFacts, as_facts, get_facts
from monitoring.notifications.outbox import get_notifications
from monitoring.rules.severity import Severity

LARGEST_SEQ = 2**63 - 1
SEVERITIES = [severity.value for severity in Severity]


class GroupSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    url = serializers.CharField(help_text="The address of its page.")
    is_older = serializers.BooleanField(
        help_text="True where its peaks ended more than a day before their readings came."
    )
    peak_count = serializers.IntegerField(help_text="Its peaks that still hold.")
    started_at = UtcDateTimeField(allow_null=True)
    ended_at = UtcDateTimeField(allow_null=True)
    power_kw = serializers.FloatField(allow_null=True, help_text="Of its highest peak, in kW.")
    limit_kw = serializers.FloatField(allow_null=True, help_text="The limit of that peak, in kW.")
    severity = serializers.ChoiceField(SEVERITIES, allow_null=True)


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
                "severity": "minor",
                "group": {
                    "id": 9,
                    "url": "/alerts/groups/9/",
                    "is_older": False,
                    "peak_count": 12,
                    "started_at": "2026-03-10T06:10:00Z",
                    "ended_at": "2026-03-10T18:04:00Z",
                    "power_kw": 6.9,
                    "limit_kw": 4.0,
                    "severity": "moderate",
                },
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
    severity = serializers.ChoiceField(
        SEVERITIES,
        source="peak.severity.value",
        help_text="By the peak's height above the limit and its length.",
    )
    group = serializers.SerializerMethodField()
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
            "severity",
            "group",
            "is_current",
            "created_at",
            "read_at",
            "acknowledged_at",
        ]
        read_only_fields = fields

    def get_type(self, notification: Notification) -> Literal["peak"]:
        return "peak"

    @extend_schema_field(GroupSerializer)
    def get_group(self, notification: Notification) -> dict[str, Any]:
        facts = self.context["facts"].get(notification.group_id)
        return dict(GroupSerializer(as_facts(notification.group, facts)).data)

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
    #: Of the groups of the page.
    facts: Mapping[int, GroupFacts] = {}

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        self.facts = get_facts({notification.group_id for notification in page or ()})
        return page

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "facts": self.facts}

    def get_queryset(self) -> QuerySet[Notification]:
        after = read_integer(self.request, "after", low=0, high=LARGEST_SEQ)
        notifications = get_notifications(user=user_of(self.request))
        if after is None:
            return notifications
        self.key = ("seq",)
        return notifications.filter(seq__gt=after)
