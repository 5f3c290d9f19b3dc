"""Peaks, exceedances and register falls: what the rules found between readings."""

from typing import Any, ClassVar, TypeVar
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from monitoring.admin.readonly import NOTHING, ReadOnlyAdmin
from monitoring.admin.search import OfSensorAdmin
from monitoring.history.falls import CannotDecide, decide_falls
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


class FindingAdmin(OfSensorAdmin[FindingT], ReadOnlyAdmin[FindingT]):
    list_filter: ClassVar[tuple[Any, ...]] = (CurrentFilter, "started_at")
    search_help_text = _("Sensor id, sensor, device, or the owner's email address.")

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
        return number_format(finding.power_kw, 3, force_grouping=True)

    @admin.display(description=_("limit (kW)"), ordering="limit_kw")
    def limit(self, finding: Any) -> str:
        return number_format(finding.limit_kw, 3, force_grouping=True)


@admin.register(Peak)
class PeakAdmin(PowerAdmin[Peak]):
    ordering = ("-started_at", "-id")


@admin.register(Exceedance)
class ExceedanceAdmin(PowerAdmin[Exceedance]):
    # There is no index by time of all sensors; the newest are those that were stored last.
    ordering = ("-id",)


class WaitingFilter(admin.SimpleListFilter):
    """Which falls an administrator must still explain."""

    title = _("decision")
    parameter_name = "decision"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(RegisterFall.Decision.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case RegisterFall.Decision.UNDECIDED:  # what is superseded waits for nothing
                return queryset.filter(decision=self.value(), superseded_at__isnull=True)
            case None:
                return queryset
            case decision:
                return queryset.filter(decision=decision)


@admin.register(RegisterFall)
class RegisterFallAdmin(FindingAdmin[RegisterFall]):
    """Falls are what readings say; what became of the register, an administrator may say."""

    ordering = ("-id",)
    list_filter = (WaitingFilter, CurrentFilter, "started_at")
    list_display = (
        "started_at",
        "before",
        "after",
        "sensor",
        "device",
        "owner",
        "ended_at",
        "is_current",
        "decision",
        "replacement",
    )
    actions = ["call_rollover", "call_reset", "leave_undecided"]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("monitoring.change_registerfall")

    @admin.action(description=_("It was a rollover: compute it through"), permissions=["decide"])
    def call_rollover(self, request: HttpRequest, falls: QuerySet[RegisterFall]) -> None:
        self._decide(request, falls, RegisterFall.Decision.ROLLOVER)

    @admin.action(
        description=_("It was a reset: what flowed stays unknown"), permissions=["decide"]
    )
    def call_reset(self, request: HttpRequest, falls: QuerySet[RegisterFall]) -> None:
        self._decide(request, falls, RegisterFall.Decision.RESET)

    @admin.action(description=_("Nobody knows: wait for a decision"), permissions=["decide"])
    def leave_undecided(self, request: HttpRequest, falls: QuerySet[RegisterFall]) -> None:
        self._decide(request, falls, RegisterFall.Decision.UNDECIDED)

    def _decide(
        self,
        request: HttpRequest,
        falls: QuerySet[RegisterFall],
        decision: RegisterFall.Decision,
    ) -> None:
        try:
            chosen = decide_falls(falls, decision=decision)
        except CannotDecide as problem:
            self.message_user(request, str(problem), messages.ERROR)
            return
        for fall in chosen:
            self.log_change(request, fall, str(decision.label))
        text = ngettext(
            "%(count)d register fall: %(decision)s.",
            "%(count)d register falls: %(decision)s.",
            len(chosen),
        )
        self.message_user(request, text % {"count": len(chosen), "decision": decision.label})

    @admin.display(description=_("register before (kWh)"), ordering="before_kwh")
    def before(self, fall: RegisterFall) -> str:
        return number_format(fall.before_kwh, 3, force_grouping=True)

    @admin.display(description=_("register after (kWh)"), ordering="after_kwh")
    def after(self, fall: RegisterFall) -> str:
        return number_format(fall.after_kwh, 3, force_grouping=True)

    @admin.display(description=_("meter exchanged?"))
    def replacement(self, fall: RegisterFall) -> str | SafeString:
        """A link to record a replacement, with what is known filled in."""
        if fall.superseded_at or fall.decision != RegisterFall.Decision.UNDECIDED:
            return NOTHING
        address = reverse("admin:monitoring_meterreplacement_add")
        known = {"sensor": fall.sensor_id, "final_kwh": fall.before_kwh, "first_kwh": 0}
        return format_html(
            '<a href="{}?{}">{}</a>', address, urlencode(known), _("record the replacement")
        )
