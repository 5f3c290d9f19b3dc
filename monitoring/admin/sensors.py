"""Sensors with what was last heard of them."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from devices.admin import SensorForm
from devices.models import Sensor
from monitoring.admin.deletion import UnusedDeletedAdmin
from monitoring.admin.links import link_to
from monitoring.admin.meters import get_state
from monitoring.admin.readonly import NOTHING, BoundedAdmin
from monitoring.admin.search import UuidSearchAdmin
from monitoring.fleet.meters import SILENT_AFTER
from monitoring.history.falls import CannotDecide, check_digits, reconsider_digits
from monitoring.models import SensorState
from monitoring.templatetags.quantities import when


class SeenFilter(admin.SimpleListFilter):
    """Whether an active sensor sends, has fallen silent, or was never heard of."""

    title = _("last seen")
    parameter_name = "seen"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("live", _("live (a reading in the last hour)")),
            ("silent", _("silent (no reading for over an hour)")),
            ("never", _("never seen")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Sensor]) -> QuerySet[Sensor]:
        silent_since = timezone.now() - SILENT_AFTER
        active = queryset.filter(is_active=True)
        match self.value():
            case "live":
                return active.filter(state__received_at__gte=silent_since)
            case "silent":
                return active.filter(state__received_at__lt=silent_since)
            case "never":
                seen = SensorState.objects.filter(sensor=OuterRef("pk"), received_at__isnull=False)
                return active.filter(~Exists(seen))
            case _:
                return queryset


class CheckedSensorForm(SensorForm):
    """Refuses digits of the register with which a rollover would be more than anybody uses."""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # fills the instance from the form
        if self.instance.pk and "register_digits" in self.changed_data and not self.errors:
            try:
                check_digits(self.instance)
            except CannotDecide as problem:
                self.add_error("register_digits", str(problem))


@admin.register(Sensor)
class SensorAdmin(UuidSearchAdmin[Sensor], BoundedAdmin[Sensor], UnusedDeletedAdmin[Sensor]):
    form = CheckedSensorForm
    list_display = (
        "description",
        "power",
        "limit",
        "last_seen",
        "device_link",
        "owner",
        "register",
        "is_active",
    )
    list_filter = (SeenFilter, "is_active")
    list_select_related = ("device__owner", "state")
    # By the key: an order by what was last heard would sort every sensor for each page.
    ordering = ("-id",)
    uuid_field = "uuid"
    search_fields = (
        "uuid",
        "description",
        "device__description",
        "device__address",
        "device__owner__email",
        "device__owner__name",
    )
    search_help_text = _("Sensor id, description, device, address, or owner.")
    autocomplete_fields = ("device",)
    readonly_fields = (
        "owner",
        "register",
        "measured_at",
        "power",
        "last_seen",
        "related",
        "created_at",
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "uuid",
                    "device",
                    "description",
                    "max_power_kw",
                    "register_digits",
                    "register_step_kwh",
                    "is_active",
                )
            },
        ),
        (_("Now"), {"fields": ("register", "measured_at", "power", "last_seen", "related")}),
        (_("Record"), {"fields": ("owner", "created_at")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Sensor | None = None) -> Any:
        # A sensor that is being added has neither a state nor an owner yet.
        return self.fieldsets if obj else self.fieldsets[:1]

    def save_model(self, request: HttpRequest, obj: Sensor, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "register_digits" in form.changed_data:
            reconsider_digits(obj)

    def is_used(self, row: Sensor) -> bool:
        return SensorState.objects.filter(sensor=row).exists()

    @admin.display(description=_("device"), ordering="device__description")
    def device_link(self, sensor: Sensor) -> SafeString:
        return link_to(sensor.device)

    @admin.display(description=_("owner"), ordering="device__owner__email")
    def owner(self, sensor: Sensor) -> SafeString:
        return link_to(sensor.device.owner)

    @admin.display(description=_("limit (kW)"), ordering="max_power_kw")
    def limit(self, sensor: Sensor) -> str:
        return _three_decimals(float(sensor.max_power_kw))

    @admin.display(description=_("register (kWh)"), ordering="state__energy_kwh")
    def register(self, sensor: Sensor) -> str:
        return _three_decimals(get_state(sensor).energy_kwh)

    @admin.display(description=_("last reading"), ordering="state__measured_at")
    def measured_at(self, sensor: Sensor) -> str:
        return when(get_state(sensor).measured_at)

    @admin.display(description=_("power now (kW)"), ordering="state__power_kw")
    def power(self, sensor: Sensor) -> str:
        return _three_decimals(get_state(sensor).power_kw) if sensor.is_active else NOTHING

    @admin.display(description=_("last seen"), ordering="state__received_at")
    def last_seen(self, sensor: Sensor) -> str:
        return when(get_state(sensor).received_at)

    @admin.display(description=_("see also"))
    def related(self, sensor: Sensor) -> SafeString:
        links: list[tuple[Any, str, dict[str, Any]]] = [
            (_("peaks"), "peak", {"sensor__id__exact": sensor.pk}),
            (_("register falls"), "registerfall", {"sensor__id__exact": sensor.pk}),
            (_("meter replacements"), "meterreplacement", {"sensor__id__exact": sensor.pk}),
            (_("quarantine"), "quarantinedreading", {"q": str(sensor.uuid)}),
        ]
        return format_html_join(
            " · ",
            '<a href="{}?{}">{}</a>',
            (
                (reverse(f"admin:monitoring_{model}_changelist"), urlencode(query), name)
                for name, model, query in links
            ),
        )


def _three_decimals(value: float | None) -> str:
    return NOTHING if value is None else number_format(value, 3, force_grouping=True)
