"""The history: quarter hours for ever, and what is needed to keep them in step with readings."""

from django.db import models
from django.db.models import F, Func, Q
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from devices.models import Sensor

#: Size of ``IntervalDay.quarters``: 96 records of 15 bytes (monitoring/history/stored_days.py).
QUARTERS_BYTES = 1440


class IntervalDay(models.Model):
    """The quarter hours of one sensor and UTC day, and their sums. Days without any have no row.

    A row stays below 2 kB, so that PostgreSQL keeps it in one piece (docs/adr/0007). In SQL the
    view ``monitoring_quarterhour`` shows the quarter hours as rows.
    """

    # The key serves every query: days of sensors. It begins with the sensor, as the readings' does.
    pk = models.CompositePrimaryKey("sensor_id", "day")
    # Not checked row by row: ``SummedSensor``, written with it, protects the sensor.
    sensor = models.ForeignKey(
        Sensor, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    day = models.DateField()
    kwh = models.FloatField()  # NaN where nothing is known; so too in the quarters
    peak_kw = models.FloatField()
    covered_s = models.IntegerField()
    quality = models.SmallIntegerField()  # monitoring.rules.intervals.Quality
    quarters = models.BinaryField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(covered_s__range=(0, 86_400), quality__range=(0, 2)),
                name="intervalday_sums_are_those_of_a_day",
            ),
            models.CheckConstraint(
                condition=Exact(
                    Func(
                        F("quarters"),
                        function="octet_length",
                        output_field=models.IntegerField(),
                    ),
                    QUARTERS_BYTES,
                ),
                name="intervalday_has_96_quarters",
            ),
        ]


class SummedSensor(models.Model):
    """How far the quarter hours of a sensor follow its readings."""

    sensor = models.OneToOneField(Sensor, models.PROTECT, primary_key=True, related_name="+")
    #: The first reading that was ever summed. If an earlier one than the first stored reading,
    #: readings were dropped, and the quarter hours before are all there is.
    first_at = models.DateTimeField(null=True)
    #: Readings up to here are in the quarter hours, but for those in an ``AffectedSpan``.
    summed_until = models.DateTimeField()


class AffectedSpan(models.Model):
    """A span of a sensor whose quarter hours must be computed anew. It goes when that is done."""

    # Without a checked key and an index of its own: late readings write it, and it stays small.
    sensor = models.ForeignKey(
        Sensor, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__gt=F("started_at")),
                name="affectedspan_ends_after_it_starts",
            )
        ]


class MeterReplacement(models.Model):
    """An exchanged meter: where the old one ended and the new one began, so that history joins."""

    sensor = models.ForeignKey(
        Sensor, models.PROTECT, related_name="replacements", verbose_name=_("sensor")
    )
    replaced_at = models.DateTimeField(_("replaced at"))
    final_kwh = models.FloatField(_("final register of the old meter (kWh)"))
    first_kwh = models.FloatField(_("first register of the new meter (kWh)"))
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("meter replacement")
        verbose_name_plural = _("meter replacements")
        constraints = [
            # Also serves the search for the replacements of sensors.
            models.UniqueConstraint(
                fields=["sensor", "replaced_at"],
                name="one_replacement_at_a_time",
                violation_error_message=_("A replacement is recorded for this time already."),
            ),
            # PostgreSQL sorts NaN above Infinity, so this keeps both out.
            models.CheckConstraint(
                condition=Q(final_kwh__gte=0, first_kwh__gte=0)
                & Q(final_kwh__lt=float("inf"), first_kwh__lt=float("inf")),
                name="replacement_registers_are_finite_and_not_negative",
                violation_error_message=_("Registers are not negative."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.final_kwh:.3f} kWh → {self.first_kwh:.3f} kWh"
