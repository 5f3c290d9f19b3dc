"""Logins, failed ones too, under names that people know."""

from datetime import timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import FailedLogin, Login
from monitoring.admin.readonly import ReadOnlyAdmin
from monitoring.templatetags.quantities import when

LOCKED_FOR = timedelta(hours=settings.AXES_COOLOFF_TIME)

LoginT = TypeVar("LoginT", FailedLogin, Login)


class AnyLoginAdmin(ReadOnlyAdmin[LoginT]):
    """Who it was, from where and when. The package's own names of these are English only."""

    ordering = ("-id",)
    search_fields = ("username", "ip_address")
    search_help_text = _("Email address, or IP address.")

    @admin.display(description=_("time"), ordering="id")
    def at(self, login: Any) -> str:
        return when(login.attempt_time)

    @admin.display(description=_("email address"), ordering="username")
    def email(self, login: Any) -> str:
        return login.username or ""

    @admin.display(description=_("IP address"), ordering="ip_address")
    def address(self, login: Any) -> str:
        return login.ip_address or ""

    @admin.display(description=_("browser"))
    def browser(self, login: Any) -> str:
        return str(login.user_agent)


@admin.register(FailedLogin)
class FailedLoginAdmin(AnyLoginAdmin[FailedLogin]):
    list_display = ("at", "email", "address", "failures", "is_locked_out")
    fields = readonly_fields = (*list_display, "browser")
    actions = ("unlock",)

    def has_unlock_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.delete_failedlogin")

    def get_queryset(self, request: HttpRequest) -> QuerySet[FailedLogin]:
        """With all failures of that address from that place, by whatever browser."""
        same = FailedLogin.objects.order_by().filter(
            username=OuterRef("username"), ip_address=OuterRef("ip_address")
        )
        total = same.values("username").annotate(total=Sum("failures_since_start")).values("total")
        logins: QuerySet[FailedLogin] = super().get_queryset(request)
        with_total: QuerySet[FailedLogin] = logins.annotate(total=Subquery(total))
        return with_total

    @admin.action(description=_("Unlock the selected logins"), permissions=["unlock"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[FailedLogin]) -> None:
        pairs = set(queryset.values_list("username", "ip_address"))
        for username, ip_address in pairs:
            FailedLogin.objects.filter(username=username, ip_address=ip_address).delete()
        text = ngettext(
            "%(count)d login is unlocked.",
            "%(count)d logins are unlocked.",
            len(pairs),
        )
        messages.success(request, text % {"count": len(pairs)})

    @admin.display(description=_("failures"))
    def failures(self, login: Any) -> int:
        return int(login.total or login.failures_since_start)

    @admin.display(description=_("locked out"), boolean=True)
    def is_locked_out(self, login: FailedLogin) -> bool:
        is_recent = timezone.now() - login.attempt_time < LOCKED_FOR
        return is_recent and self.failures(login) >= settings.AXES_FAILURE_LIMIT


@admin.register(Login)
class LoginAdmin(AnyLoginAdmin[Login]):
    list_display = ("at", "email", "address", "until")
    fields = readonly_fields = (*list_display, "browser")

    @admin.display(description=_("logged out"))
    def until(self, login: Login) -> str:
        return when(login.logout_time)
