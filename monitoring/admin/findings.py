"""Peaks, exceedances and register falls: what the rules found between readings."""

from typing import Any, TypeVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from monitoring.admin.readonly import ReadOnlyAdmin
from monitoring.admin.search import UuidSearchAdmin
from monitoring.models import Exceedance, Peak, RegisterFall

FindingT = TypeVar("FindingT", Peak, Exceedance, RegisterFall)


class CurrentFilter(admin.SimpleListFilter):
    """Whether the finding still holds, or a late reading has refuted it."""

    title = _("state")
    parameter_name = "current"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("current")), ("no", _("superseded by a late reading"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in ("yes", "no"):
            return queryset.filter(superseded_at__isnull=self.value() == "yes")
        return queryset


class FindingAdmin(UuidSearchAdmin[FindingT], ReadOnlyAdmin[FindingT]):
    list_select_related = ("sensor__device__owner",)
    list_filter = (CurrentFilter, "started_at")
    uuid_field = "sensor__uuid"
    search_fields = (
        "sensor__description",
        "sensor__device__description",
        "sensor__device__owner__email",
    )
    search_help_text = _("Sensor id, sensor, device, or the owner's email address.")

    @admin.display(description=_("device"))
    def device(self, finding: Any) -> str:
        return str(finding.sensor.device)

    @admin.display(description=_("owner"))
    def owner(self, finding: Any) -> str:
        return str(finding.sensor.device.owner)

    @admin.display(description=_("current"), boolean=True)
    def is_current(self, finding: Any) -> bool:
        return finding.superseded_at is None


class PowerAdmin(FindingAdmin[FindingT]):
    list_display = (
        "started_at",
        "power",
        "limit",
        "sensor",
        "device",
        "owner",
        "ended_at",
        "is_current",
    )

    @admin.display(description=_("power (kW)"), ordering="power_kw")
    def power(self, finding: Any) -> str:
        return f"{finding.power_kw:.3f}"

    @admin.display(description=_("limit (kW)"), ordering="limit_kw")
    def limit(self, finding: Any) -> str:
        return f"{finding.limit_kw:.3f}"


@admin.register(Peak)
class PeakAdmin(PowerAdmin[Peak]):
    ordering = ("-started_at", "-id")


@admin.register(Exceedance)
class ExceedanceAdmin(PowerAdmin[Exceedance]):
    # There is no index by time of all sensors; the newest are those that were stored last.
    ordering = ("-id",)


@admin.register(RegisterFall)
class RegisterFallAdmin(FindingAdmin[RegisterFall]):
    ordering = ("-id",)
    list_display = (
        "started_at",
        "before",
        "after",
        "sensor",
        "device",
        "owner",
        "ended_at",
        "is_current",
    )

    @admin.display(description=_("register before (kWh)"), ordering="before_kwh")
    def before(self, fall: RegisterFall) -> str:
        return f"{fall.before_kwh:.3f}"

    @admin.display(description=_("register after (kWh)"), ordering="after_kwh")
    def after(self, fall: RegisterFall) -> str:
        return f"{fall.after_kwh:.3f}"
