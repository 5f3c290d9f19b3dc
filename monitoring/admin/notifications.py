"""Notifications: who was told of what, and whether they have read it."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from monitoring.admin.readonly import ReadOnlyAdmin
from monitoring.models import Notification


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin[Notification]):
    list_display = ("created_at", "user", "seq", "sensor", "peak", "read_at")
    list_display_links = ("created_at", "seq")
    list_select_related = ("user", "peak__sensor")
    list_filter = (("read_at", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("user__email", "user__name")
    search_help_text = _("The user's email address or name.")
    # By the key: in the order in which they were written.
    ordering = ("-id",)

    @admin.display(description=_("sensor"))
    def sensor(self, notification: Notification) -> str:
        return str(notification.peak.sensor)
