"""The quarantine: what was received and could not be stored, with the reason."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from devices.models import Sensor
from monitoring.admin.decisions import Decide, decide_entries, discard_entry, release_entry
from monitoring.admin.readonly import NOTHING, ReadOnlyAdmin
from monitoring.admin.search import UuidSearchAdmin
from monitoring.models import QuarantinedReading


class WaitingFilter(admin.SimpleListFilter):
    """What has been done about the entry."""

    title = _("decision")
    parameter_name = "decision"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        decided = QuarantinedReading.Decision
        return [
            ("waiting", decided.WAITING.label),
            (decided.RELEASED.value, decided.RELEASED.label),
            (decided.DISCARDED.value, decided.DISCARDED.label),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[QuarantinedReading]
    ) -> QuerySet[QuarantinedReading]:
        value = self.value()
        return queryset.filter(decision="" if value == "waiting" else value) if value else queryset


@admin.register(QuarantinedReading)
class QuarantineAdmin(UuidSearchAdmin[QuarantinedReading], ReadOnlyAdmin[QuarantinedReading]):
    """Entries are released or discarded; both are recorded. They are deleted by age only."""

    list_display = (
        "received_at",
        "reason",
        "short_detail",
        "sensor",
        "raw_size_bytes",
        "decision",
        "outcome",
    )
    list_filter = (WaitingFilter, "reason", "received_at")
    list_select_related = ("decided_by",)
    actions = ("release_selected", "discard_selected")
    uuid_field = "sensor_uuid"
    search_fields = ("detail",)
    search_help_text = _("Sensor id, or words from the detail.")
    ordering = ("-received_at",)
    fields = (
        "received_at",
        "reason",
        "detail",
        "sensor",
        "original",
        "raw_size_bytes",
        "decision",
        "decided_at",
        "decided_by",
        "outcome",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuarantinedReading]:
        same = Sensor.objects.filter(uuid=OuterRef("sensor_uuid"))
        entries = super().get_queryset(request)
        return entries.annotate(sensor_key=Subquery(same.values("pk")[:1])).defer("raw")

    @admin.action(description=_("Release the selected entries into ingestion"))
    def release_selected(
        self, request: HttpRequest, queryset: QuerySet[QuarantinedReading]
    ) -> None:
        _decide_in_order(request, queryset, release_entry)

    @admin.action(description=_("Discard the selected entries, but keep them"))
    def discard_selected(
        self, request: HttpRequest, queryset: QuerySet[QuarantinedReading]
    ) -> None:
        _decide_in_order(request, queryset, discard_entry)

    @admin.display(description=_("detail"))
    def short_detail(self, entry: QuarantinedReading) -> str:
        return Truncator(entry.detail).chars(100)

    @admin.display(description=_("sensor id"), ordering="sensor_uuid")
    def sensor(self, entry: Any) -> str | SafeString:
        """A link where the sensor is known, else what was named, if anything."""
        if entry.sensor_key is None:
            return str(entry.sensor_uuid or NOTHING)
        address = reverse("admin:devices_sensor_change", args=[entry.sensor_key])
        return format_html('<a href="{}">{}</a>', address, entry.sensor_uuid)

    @admin.display(description=_("original"))
    def original(self, entry: QuarantinedReading) -> SafeString:
        return format_html("<pre>{}</pre>", readable(bytes(entry.raw)))


def _decide_in_order(
    request: HttpRequest, queryset: QuerySet[QuarantinedReading], decide: Decide
) -> None:
    """Decides in the order of receipt, so that a meter's readings are judged as they were sent."""
    keys = queryset.order_by("received_at", "pk").values_list("pk", flat=True)
    decide_entries(request, keys, decide)


def readable(raw: bytes) -> str:
    """The bytes as text in which nothing is invisible: what is not printable shows as an escape."""
    text = raw.decode("utf-8", errors="backslashreplace")
    return "".join(
        character
        if character.isprintable() or character in "\n\t"
        else character.encode("unicode_escape").decode()
        for character in text
    )
