"""Searching by a sensor's id, which administrators paste from elsewhere."""

from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from monitoring.admin.links import link_to

ModelT = TypeVar("ModelT", bound=Model)


class UuidSearchAdmin(admin.ModelAdmin[ModelT]):
    """A search for a UUID is a lookup of ``uuid_field``; any other is Django's, which scans."""

    uuid_field: str

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ModelT], search_term: str
    ) -> tuple[QuerySet[ModelT], bool]:
        try:
            uuid = UUID(search_term.strip())
        except ValueError:
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(**{self.uuid_field: uuid}), False


class OfSensorAdmin(UuidSearchAdmin[ModelT]):
    """Rows of a sensor: found and shown by the sensor, its device and its owner."""

    list_select_related: ClassVar[tuple[str, ...]] = ("sensor__device__owner",)
    uuid_field = "sensor__uuid"
    search_fields: ClassVar[tuple[str, ...]] = (
        "sensor__description",
        "sensor__device__description",
        "sensor__device__owner__email",
    )

    @admin.display(description=_("sensor"))
    def sensor_link(self, row: Any) -> SafeString:
        return link_to(row.sensor)

    @admin.display(description=_("device"))
    def device(self, row: Any) -> SafeString:
        return link_to(row.sensor.device)

    @admin.display(description=_("owner"))
    def owner(self, row: Any) -> SafeString:
        return link_to(row.sensor.device.owner)
