"""The inbox's cards: the alerts of a sensor of one day together, and the peaks that they list."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from devices.models import Sensor
from monitoring.models.intervals import Peak


class ForItsUser:
    """Names of a sensor for the user who was told of it, who may have given it away since."""

    user_id: int

    def get_sensor(self) -> Sensor:
        """The sensor that it is about."""
        raise NotImplementedError

    @property
    def is_own(self) -> bool:
        """Whether the device is still its user's."""
        return self.get_sensor().device.owner_id == self.user_id

    @property
    def device_name(self) -> str:
        """What the device is called; empty if that is no longer its user's to know."""
        return self.get_sensor().device.description if self.is_own else ""

    @property
    def sensor_name(self) -> str:
        """What the sensor is called; empty if that is no longer its user's to know."""
        return self.get_sensor().description if self.is_own else ""

    @property
    def title(self) -> str:
        """Where the peak was, for its user to read."""
        if not self.is_own:
            return gettext("A device that you had before")
        return f"{self.device_name} · {self.sensor_name}"


class AlertGroup(ForItsUser, models.Model):
    """What a user was told of a sensor in one day: one card of the inbox, however many peaks."""

    class Kind(models.TextChoices):
        """Which peaks it holds."""

        DAY = "day", _("peaks of a day")
        OLDER = "older", _("older peaks that came on a day")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="alert_groups",
        db_index=False,
        verbose_name=_("user"),
    )
    sensor = models.ForeignKey(
        Sensor, models.PROTECT, related_name="+", db_index=False, verbose_name=_("sensor")
    )
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices)
    #: On the user's calendar at that time: when the peaks began, or when the older ones came.
    day = models.DateField(_("day"))
    #: Its peaks that still hold; kept by a trigger on the peaks (migration 0017).
    peak_count = models.IntegerField(_("peaks"))
    #: Its newest notification, and when that was told.
    last_seq = models.BigIntegerField(_("newest notification number"))
    told_at = models.DateTimeField(_("told"))
    #: The inbox's ``last_change`` when it last grew without a notification; 0: it never has.
    change = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("alert group")
        verbose_name_plural = _("alert groups")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "sensor", "kind", "day"], name="one_alert_group_a_day"
            ),
            # Serves the inbox, newest first.
            models.UniqueConstraint(fields=["user", "last_seq"], name="one_alert_group_a_seq"),
        ]
        indexes = [
            # The last alert of a sensor: whether a client's pause is over.
            models.Index(fields=["sensor", "user", "-last_seq"], name="last_alerts_of_a_sensor"),
            # What open pages have not been told of: the groups that have grown since.
            models.Index(
                fields=["user", "change"],
                condition=models.Q(change__gt=0),
                name="grown_alert_groups",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.sensor_id}, {self.day}"

    def get_sensor(self) -> Sensor:
        return self.sensor


class AlertedPeak(models.Model):
    """A peak in a group. The copies, for the lists, follow the peak by a trigger."""

    # With an index of its own: groups that are old enough are deleted, with all their peaks.
    group = models.ForeignKey(AlertGroup, models.CASCADE, related_name="alerted_peaks")
    peak = models.ForeignKey(Peak, models.PROTECT, related_name="+", db_index=False)
    started_at = models.DateTimeField()
    power_kw = models.FloatField()
    is_current = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("peak of an alert group")
        verbose_name_plural = _("peaks of alert groups")
        constraints = [
            # The trigger finds by it what follows a peak.
            models.UniqueConstraint(fields=["peak", "group"], name="a_peak_is_listed_once"),
        ]
        indexes = [
            # The list of a group, its first and its last peak.
            models.Index(
                fields=["group", "started_at"],
                condition=models.Q(is_current=True),
                name="peaks_of_a_group",
            ),
            # The highest peak of a group.
            models.Index(
                fields=["group", "-power_kw"],
                condition=models.Q(is_current=True),
                name="highest_peaks_of_a_group",
            ),
        ]
