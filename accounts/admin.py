"""Users in the admin: who they are, whether they are administrators, and their programs' tokens."""

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiToken, User
from accounts.time_zones import list_time_zones


class UserForm(UserChangeForm[User]):
    time_zone = forms.ChoiceField(label=_("Time zone"))

    class Meta:
        model = User
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        time_zone = cast("forms.ChoiceField", self.fields["time_zone"])
        time_zone.choices = list_time_zones(self.instance.time_zone)


class NewUserForm(AdminUserCreationForm[User]):
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=list_time_zones, initial="UTC")

    class Meta:
        model = User
        fields = ("email", "name", "time_zone", "language", "is_staff")


class ApiTokenInline(admin.TabularInline[ApiToken, User]):
    """An administrator may revoke a token, not make one: its key is shown to its user alone."""

    model = ApiToken
    extra = 0
    fields = readonly_fields = ("name", "prefix", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


# There are two roles and no groups: whoever looks for them is to look at the user.
admin.site.unregister(Group)


class UserAdmin(DjangoUserAdmin[User]):
    """What accounts know of a user. Monitoring registers it, with the user's devices and meters."""

    form = UserForm
    add_form = NewUserForm
    inlines = [ApiTokenInline]
    list_display = ("email", "name", "is_staff", "is_active", "last_login", "date_joined")
    list_display_links = ("email", "name")
    list_filter = ("is_staff", "is_active", "language")
    search_fields = ("email", "name")
    ordering = ("email",)
    filter_horizontal = ()
    readonly_fields: ClassVar[tuple[str, ...]] = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (_("Person"), {"fields": ("name", "time_zone", "language")}),
        (_("Role"), {"fields": ("is_staff", "is_active")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "usable_password", "password1", "password2")}),
        (_("Person"), {"fields": ("name", "time_zone", "language")}),
        (_("Role"), {"fields": ("is_staff",)}),
    )

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        # Who is being added has no tokens.
        return self.inlines if obj else []
