"""Peaks, exceedances and register falls: what the rules found between readings."""

from typing import Any, ClassVar, TypeVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from monitoring.admin.fall_choices import (
    DecisionForm,
    get_choices,
    get_replacement_address,
    tell_history,
)
from monitoring.admin.readonly import NOTHING, ReadOnlyAdmin
from monitoring.admin.search import OfSensorAdmin
from monitoring.history.falls import CannotDecide, decide_falls
from monitoring.models import Exceedance, Peak, RegisterFall

#: Of more falls that are decided at once nobody would read what history shows.
FALLS_TOLD = 3

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
        "sensor_link",
        "device",
        "owner",
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
        "register",
        "sensor_link",
        "device",
        "owner",
        "became",
        "replacement",
    )
    actions = ["call_rollover", "call_reset", "leave_undecided"]
    change_form_template = "admin/monitoring/registerfall/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        decide = self.admin_site.admin_view(require_POST(self.decide))
        name = "monitoring_registerfall_decide"
        return [path("<int:pk>/decide/", decide, name=name), *super().get_urls()]

    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Writes down what a button says of one fall, and shows the page where it was pressed."""
        if not self.has_decide_permission(request):
            raise PermissionDenied
        form = DecisionForm(request.POST)
        if not form.is_valid():
            return HttpResponseBadRequest()
        fall = RegisterFall.objects.filter(pk=pk)
        if not fall.exists():
            raise Http404
        self._decide(request, fall, RegisterFall.Decision(form.cleaned_data["decision"]))
        if form.cleaned_data["is_on_fleet"]:
            return redirect("fleet")
        return redirect("admin:monitoring_registerfall_change", pk)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if fall := context["original"]:
            context["choices"] = get_choices(fall)
        return super().render_change_form(request, context, *args, **kwargs)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("monitoring.change_registerfall")

    @admin.action(description=_("Rollover: calculate the consumption"), permissions=["decide"])
    def call_rollover(self, request: HttpRequest, falls: QuerySet[RegisterFall]) -> None:
        self._decide(request, falls, RegisterFall.Decision.ROLLOVER)

    @admin.action(description=_("Reset: leave the consumption unknown"), permissions=["decide"])
    def call_reset(self, request: HttpRequest, falls: QuerySet[RegisterFall]) -> None:
        self._decide(request, falls, RegisterFall.Decision.RESET)

    @admin.action(description=_("Undo: wait for a decision"), permissions=["decide"])
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
        told = text % {"count": len(chosen), "decision": decision.label}
        self.message_user(request, " ".join([told, *map(tell_history, chosen[:FALLS_TOLD])]))

    @admin.display(description=_("register (kWh)"), ordering="before_kwh")
    def register(self, fall: RegisterFall) -> str:
        before, after = (
            number_format(kwh, 3, force_grouping=True) for kwh in (fall.before_kwh, fall.after_kwh)
        )
        return f"{before} → {after}"

    @admin.display(description=_("decision"), ordering="decision")
    def became(self, fall: RegisterFall) -> str:
        if fall.superseded_at:
            return gettext("superseded by a late reading")
        return fall.get_decision_display()

    @admin.display(description=_("meter replaced?"))
    def replacement(self, fall: RegisterFall) -> str | SafeString:
        """A link to record a replacement, with what is known filled in."""
        if fall.superseded_at or fall.decision != RegisterFall.Decision.UNDECIDED:
            return NOTHING
        address = get_replacement_address(fall)
        return format_html('<a href="{}">{}</a>', address, _("record the replacement"))
