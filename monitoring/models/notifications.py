"""Each user's notifications: rows first, so that what is sent can always be sent again."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from monitoring.models.intervals import Peak


class Inbox(models.Model):
    """A user's counter. Raising it under its row lock is what leaves no gap in ``seq``."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="inbox"
    )
    last_seq = models.BigIntegerField(default=0)


class Notification(models.Model):
    """Tells one user of one peak. ``seq`` counts up per user, in the order of commits."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    seq = models.BigIntegerField()
    peak = models.ForeignKey(Peak, models.PROTECT, related_name="notifications")
    created_at = models.DateTimeField(_("created"))
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            # Serves the list of a user, newest first, and "what came after seq".
            models.UniqueConstraint(fields=["user", "seq"], name="one_notification_a_seq"),
            models.UniqueConstraint(fields=["user", "peak"], name="a_peak_is_told_once"),
        ]
        indexes = [
            # The unread count on every page.
            models.Index(
                fields=["user"], condition=Q(read_at__isnull=True), name="unread_of_a_user"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} #{self.seq}"
