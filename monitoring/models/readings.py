"""Readings, and the newest state of each sensor."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from devices.models import Sensor
from monitoring.models.quantities import PowerField


class Reading(models.Model):
    """One register value of one sensor at one time. The key is what makes a repeat harmless.

    The foreign key is not checked by the database row by row, which would double the cost of
    storing a reading: each reading is written under a lock on its sensor's ``SensorState``, whose
    foreign key is checked and protects the sensor (docs/adr/0002).
    """

    # The key also serves every query: a sensor's readings of a span, and a reading's neighbours.
    pk = models.CompositePrimaryKey("sensor_id", "measured_at")
    sensor = models.ForeignKey(
        Sensor, models.PROTECT, related_name="readings", db_constraint=False, db_index=False
    )
    measured_at = models.DateTimeField()
    energy_kwh = models.FloatField()

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        constraints = [
            # PostgreSQL sorts NaN above Infinity, so this keeps both out.
            models.CheckConstraint(
                condition=Q(energy_kwh__gte=0) & Q(energy_kwh__lt=float("inf")),
                name="reading_energy_is_finite_and_not_negative",
            )
        ]


class DeferredReading(models.Model):
    """A reading that has been received and is stored by and by (monitoring/ingest/deferred.py).

    Its sensor has a state, which protects it.
    """

    sensor = models.ForeignKey(
        Sensor, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    measured_at = models.DateTimeField()
    energy_kwh = models.FloatField()
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("deferred reading")
        verbose_name_plural = _("deferred readings")
        indexes = [
            # The next readings of a sensor, and the next sensor that has some.
            models.Index(fields=["sensor", "id"], name="deferred_of_a_sensor")
        ]


class SensorState(models.Model):
    """The newest reading of a sensor. Its row is the lock under which the sensor is written."""

    sensor = models.OneToOneField(Sensor, models.PROTECT, primary_key=True, related_name="state")
    measured_at = models.DateTimeField(_("last reading at"), null=True)
    energy_kwh = models.FloatField(_("register (kWh)"), null=True)
    power_kw = PowerField(
        _("power (kW)"),
        null=True,
        help_text=_("Mean between the last two readings; empty after a falling register."),
    )
    received_at = models.DateTimeField(_("last seen"), null=True)
    # The sensor's own, copied by a trigger (migration 0011): ingestion reads them with the
    # lock, and a join of thousands of sensors would make the lock dearer by two thirds.
    max_power_kw = models.FloatField(editable=False)
    is_active = models.BooleanField(editable=False)
    register_step_kwh = models.FloatField(editable=False, db_default=0)  # 0: not known

    class Meta:
        verbose_name = _("sensor state")
        verbose_name_plural = _("sensor states")
        constraints = [
            models.CheckConstraint(
                condition=Q(measured_at__isnull=True, energy_kwh__isnull=True)
                | Q(measured_at__isnull=False, energy_kwh__isnull=False),
                name="sensor_state_has_a_whole_reading_or_none",
            )
        ]


class IntervalOfSensor(models.Model):
    """Something that is true of a sensor between two instants, until a late reading says otherwise.

    A late reading that falls between the two supersedes the row; nothing is deleted.
    """

    sensor = models.ForeignKey(Sensor, models.PROTECT, related_name="+", verbose_name=_("sensor"))
    started_at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(_("to"))
    superseded_at = models.DateTimeField(_("superseded"), null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__gt=F("started_at")), name="%(class)s_ends_after_it_starts"
            ),
            # Also serves the search for what a late reading splits, and the lists of a sensor.
            models.UniqueConstraint(
                fields=["sensor", "ended_at"],
                condition=Q(superseded_at__isnull=True),
                name="one_current_%(class)s_an_interval",
            ),
        ]
