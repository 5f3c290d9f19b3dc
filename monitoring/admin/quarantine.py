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
from monitoring.admin.readonly import NOTHING, ReadOnlyAdmin
from monitoring.admin.search import UuidSearchAdmin
from monitoring.models import QuarantinedReading


@admin.register(QuarantinedReading)
class QuarantineAdmin(UuidSearchAdmin[QuarantinedReading], ReadOnlyAdmin[QuarantinedReading]):
    """Entries may be deleted once they have been seen to."""

    list_display = ("received_at", "reason", "short_detail", "sensor", "raw_size_bytes")
    list_filter = ("reason", "received_at")
    uuid_field = "sensor_uuid"
    search_fields = ("detail",)
    search_help_text = _("Sensor id, or words of the detail.")
    ordering = ("-received_at",)
    fields = ("received_at", "reason", "detail", "sensor", "original", "raw_size_bytes")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuarantinedReading]:
        same = Sensor.objects.filter(uuid=OuterRef("sensor_uuid"))
        entries = super().get_queryset(request)
        return entries.annotate(sensor_key=Subquery(same.values("pk")[:1])).defer("raw")

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


def readable(raw: bytes) -> str:
    """The bytes as text in which nothing is invisible: what is not printable shows as an escape."""
    text = raw.decode("utf-8", errors="backslashreplace")
    return "".join(
        character
        if character.isprintable() or character in "\n\t"
        else character.encode("unicode_escape").decode()
        for character in text
    )
