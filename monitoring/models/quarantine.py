"""What was received and could not be stored as a reading: kept, with the reason."""

from django.db import models
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

    received_at = models.DateTimeField(_("received"))
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices)
    detail = models.TextField(_("detail"))
    sensor_uuid = models.UUIDField(_("sensor id"), null=True, blank=True)
    raw = models.BinaryField(
        _("original"), help_text=_("The original bytes, cut at 4 KiB; a dead letter is whole.")
    )
    raw_size_bytes = models.PositiveIntegerField(_("original size (bytes)"))

    class Meta:
        verbose_name = _("quarantined reading")
        verbose_name_plural = _("quarantine")
        indexes = [
            # The admin's list, newest first, and by reason.
            models.Index(fields=["-received_at"], name="quarantine_newest_first"),
            models.Index(fields=["reason", "-received_at"], name="quarantine_by_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: {self.detail}"
