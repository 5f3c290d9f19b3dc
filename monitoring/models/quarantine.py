"""What was received and could not be stored as a reading: kept, with the reason."""

from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class QuarantinedReading(models.Model):
    """A reading, or a whole message, that was rejected."""

    class Reason(models.TextChoices):
        """Why; the first ones are found in the message alone, the last ones in the store."""

        TOO_LARGE = "too_large", _("message too large")
        TOO_MANY = "too_many", _("too many readings in a message")
        NOT_JSON = "not_json", _("not JSON")
        BAD_SHAPE = "bad_shape", _("not a reading")
        BAD_TIMESTAMP = "bad_timestamp", _("bad timestamp")
        NAIVE_TIMESTAMP = "naive_timestamp", _("timestamp without offset")
        FUTURE_TIMESTAMP = "future_timestamp", _("timestamp in the future")
        OLD_TIMESTAMP = "old_timestamp", _("timestamp before 2000")
        BAD_SENSOR_ID = "bad_sensor_id", _("bad sensor id")
        BAD_VALUE = "bad_value", _("bad measurement value")
        UNKNOWN_SENSOR = "unknown_sensor", _("unknown sensor")
        INACTIVE_SENSOR = "inactive_sensor", _("inactive sensor")
        TOO_OLD = "too_old", _("older than what is kept")
        CONFLICT = "conflict", _("another value is stored for this time")
        NOT_STORABLE = "not_storable", _("the database refused it")
        DEAD_LETTER = "dead_letter", _("came back again and again")

    class Decision(models.TextChoices):
        """What an administrator has done about it; nothing is deleted by that."""

        WAITING = "", _("waiting")
        RELEASED = "released", _("released")
        DISCARDED = "discarded", _("discarded")

    received_at = models.DateTimeField(_("received"))
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices)
    detail = models.TextField(_("detail"))
    sensor_uuid = models.UUIDField(_("sensor id"), null=True, blank=True)
    raw = models.BinaryField(
        _("original"), help_text=_("The original bytes, cut at 4 KiB; a dead letter is whole.")
    )
    raw_size_bytes = models.PositiveIntegerField(_("original size (bytes)"))
    decision = models.CharField(
        _("decision"), max_length=10, choices=Decision.choices, blank=True, default=Decision.WAITING
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    outcome = models.TextField(
        _("outcome"), blank=True, help_text=_("What became of the readings when it was released.")
    )

    class Meta:
        verbose_name = _("quarantined reading")
        verbose_name_plural = _("quarantine")
        indexes = [
            # The admin's list, newest first, and by reason.
            models.Index(fields=["-received_at"], name="quarantine_newest_first"),
            models.Index(fields=["reason", "-received_at"], name="quarantine_by_reason"),
            # The fleet page: what waits for a decision, by reason.
            models.Index(
                fields=["reason", "-received_at"],
                condition=Q(decision=""),
                name="quarantine_that_waits",
            ),
            # The fleet page and the admin's list: what waits, newest first. By time alone, millions
            # that are decided could lie before the first one that waits.
            models.Index(
                fields=["-received_at"], condition=Q(decision=""), name="quarantine_waits_newest"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(decision="") | Q(decided_at__isnull=False),
                name="quarantine_decision_has_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: {self.detail}"

    @property
    def is_whole(self) -> bool:
        """Whether all of the original is kept, so that it can be released."""
        return len(self.raw) == self.raw_size_bytes


class QuarantineTally(models.Model):
    """How much of a sensor, or of a whole reason, was kept on a UTC day, and how much only counted.

    A sensor and reason may have several rows, which add up (monitoring/ingest/quarantine.py).
    """

    #: Instead of a sensor's id: the whole reason. Then ``kept`` is all of it that was kept, and
    #: ``beyond`` what came when the reason itself had reached its cap.
    ANY_SENSOR = UUID(int=0)

    day = models.DateField(_("day (UTC)"))
    reason = models.CharField(_("reason"), max_length=20, choices=QuarantinedReading.Reason.choices)
    sensor_uuid = models.UUIDField(_("sensor id"))
    kept = models.BigIntegerField(_("entries"))
    beyond = models.BigIntegerField(_("counted only"))

    class Meta:
        verbose_name = _("quarantine beyond its caps")
        verbose_name_plural = _("quarantine beyond its caps")
        indexes = [
            # What ingestion adds to, and asks at each batch with rejections.
            models.Index(fields=["day", "reason", "sensor_uuid"], name="tally_of_a_day"),
            # The admin's list and the fleet page; there are few.
            models.Index(fields=["-day", "-id"], condition=Q(beyond__gt=0), name="tally_beyond"),
        ]
