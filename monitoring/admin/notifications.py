"""Notifications: who was told of what, whether they have read it, and their emails."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from monitoring.admin.readonly import ReadOnlyAdmin
from monitoring.models import AlertEmail, Notification


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin[Notification]):
    list_display = ("created_at", "user", "seq", "sensor", "peak", "read_at", "acknowledged_at")
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


@admin.register(AlertEmail)
class AlertEmailAdmin(ReadOnlyAdmin[AlertEmail]):
    """What became of each email. One that was perhaps sent is not sent again, by nobody."""

    list_display = ("created_at", "user", "state", "attempts", "finished_at", "detail")
    list_select_related = ("user",)
    list_filter = ("state", "created_at")
    search_fields = ("user__email", "user__name")
    search_help_text = _("The user's email address or name.")
    # By the key: in the order in which they were written.
    ordering = ("-id",)
