"""Each user's notifications: rows first, so that what is sent can always be sent again."""

from datetime import time

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from devices.models import Sensor
from monitoring.models.alert_groups import AlertGroup, ForItsUser
from monitoring.models.intervals import Peak


class Inbox(models.Model):
    """A user's counter. Raising it under its row lock is what leaves no gap in ``seq``."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="inbox"
    )
    last_seq = models.BigIntegerField(default=0)
    #: Counts the times when groups grew without a notification, for pages that are open.
    last_change = models.BigIntegerField(default=0)


class Notification(ForItsUser, models.Model):
    """Tells one user of a peak, or of the first of a sensor's older ones.

    ``seq`` counts up per user, in the order of commits.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="notifications",
        verbose_name=_("user"),
    )
    seq = models.BigIntegerField(_("number"))
    peak = models.ForeignKey(
        Peak, models.PROTECT, related_name="notifications", verbose_name=_("peak")
    )
    group = models.ForeignKey(
        AlertGroup,
        models.CASCADE,
        related_name="notifications",
        db_index=False,
        verbose_name=_("alert group"),
    )
    created_at = models.DateTimeField(_("created"))
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            # Serves the list of a user, newest first, and "what came after seq".
            models.UniqueConstraint(fields=["user", "seq"], name="one_notification_a_seq"),
            models.UniqueConstraint(fields=["user", "peak"], name="a_peak_is_told_once"),
            # Serves the notifications of a group: which of its peaks have an alert of their own.
            models.UniqueConstraint(fields=["group", "seq"], name="one_group_a_notification"),
        ]
        indexes = [
            # The unread count on every page, and the list of what is unread.
            models.Index(
                fields=["user", "-seq"],
                condition=Q(read_at__isnull=True),
                name="unread_of_a_user",
            ),
            # The list of what is still to be acknowledged.
            models.Index(
                fields=["user", "-seq"],
                condition=Q(acknowledged_at__isnull=True),
                name="unacknowledged_of_a_user",
            ),
            # Whether there is something unread in a group, or to be acknowledged.
            models.Index(
                fields=["group"], condition=Q(read_at__isnull=True), name="unread_of_a_group"
            ),
            models.Index(
                fields=["group"],
                condition=Q(acknowledged_at__isnull=True),
                name="unacknowledged_of_a_group",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} #{self.seq}"

    def get_sensor(self) -> Sensor:
        return self.peak.sensor


class AlertSettings(models.Model):
    """How a user wants to hear of peaks, and how far emails have told of them.

    Users without a row get no emails, and an alert of each peak.
    """

    class Pause(models.IntegerChoices):
        """For how many minutes after an alert of a sensor its next peaks are listed with it."""

        NONE = 0, _("None: each peak is an alert")
        QUARTER = 15, _("15 minutes")
        HOUR = 60, _("1 hour")
        SIX_HOURS = 360, _("6 hours")
        DAY = 1440, _("24 hours")

    class Emails(models.TextChoices):
        """When an email is due."""

        OFF = "off", _("No emails")
        AT_ONCE = "at_once", _("At once")
        DAILY = "daily", _("Once a day, together")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="alert_settings"
    )
    emails = models.CharField(
        _("emails"), max_length=10, choices=Emails.choices, default=Emails.OFF
    )
    daily_at_hour = models.PositiveSmallIntegerField(
        _("hour of the daily email"), default=7, validators=[MaxValueValidator(23)]
    )
    pause_minutes = models.PositiveSmallIntegerField(
        _("pause between alerts of a meter"), choices=Pause.choices, default=Pause.NONE
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True, default=None)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True, default=None)
    #: Notifications up to this one are in an email, or came while there were to be none.
    emailed_seq = models.BigIntegerField(default=0, editable=False)
    #: Not to be looked at before: what waits is for the daily email, or the end of quiet hours.
    not_before = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("alert settings")
        verbose_name_plural = _("alert settings")
        constraints = [
            models.CheckConstraint(condition=Q(daily_at_hour__lte=23), name="daily_at_an_hour"),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False)
                & ~Q(quiet_from=F("quiet_until")),
                name="quiet_hours_have_both_ends",
            ),
        ]
        indexes = [
            # Whose notifications may be put into an email now.
            models.Index(fields=["user"], condition=~Q(emails="off"), name="who_wants_emails")
        ]

    @property
    def quiet_hours(self) -> tuple[time, time] | None:
        """From when until when the user wants no email; over midnight if it ends earlier."""
        if self.quiet_from is None or self.quiet_until is None:
            return None
        return self.quiet_from, self.quiet_until


class AlertEmail(models.Model):
    """An email that tells a user of the notifications in ``(after_seq, up_to_seq]``.

    The row is claimed before the mail server hears of it, so that nothing is ever sent twice
    (monitoring/notifications/emails/sending.py).
    """

    class State(models.TextChoices):
        """What has become of it."""

        WAITING = "waiting", _("waiting")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        UNKNOWN = "unknown", _("perhaps sent")
        FAILED = "failed", _("not sent")
        NEEDLESS = "needless", _("no longer needed")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="alert_emails",
        verbose_name=_("user"),
    )
    after_seq = models.BigIntegerField(_("after the notification number"))
    up_to_seq = models.BigIntegerField(_("up to the notification number"))
    created_at = models.DateTimeField(_("created"))
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    not_before = models.DateTimeField(_("not before"))
    claimed_at = models.DateTimeField(_("last attempt"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    detail = models.TextField(_("detail"), blank=True)

    class Meta:
        verbose_name = _("alert email")
        verbose_name_plural = _("alert emails")
        constraints = [
            # A notification is in one email: their ranges follow one another.
            models.UniqueConstraint(fields=["user", "after_seq"], name="one_email_from_a_seq"),
            models.CheckConstraint(
                condition=Q(up_to_seq__gt=F("after_seq")), name="alert_email_is_not_empty"
            ),
        ]
        indexes = [
            # What is to be sent next.
            models.Index(
                fields=["not_before"], condition=Q(state="waiting"), name="emails_that_wait"
            ),
            # What a process that has ended left behind.
            models.Index(
                fields=["claimed_at"], condition=Q(state="sending"), name="emails_being_sent"
            ),
            # What an administrator should look at.
            models.Index(
                fields=["-created_at"],
                condition=Q(state__in=["unknown", "failed"]),
                name="emails_in_trouble",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} #{self.after_seq + 1}–#{self.up_to_seq}"
