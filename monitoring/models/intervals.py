"""What the rules found between neighbouring readings: exceedances, peaks, falling registers."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from monitoring.models.quantities import PowerField
from monitoring.models.readings import IntervalOfSensor
from monitoring.rules.severity import Severity, rate


class Peak(IntervalOfSensor):
    """An episode: a run of adjoining exceedances of one sensor. Its owner hears of it once."""

    power_kw = PowerField(_("highest power (kW)"))
    limit_kw = models.FloatField(_("limit (kW)"))
    #: False where an exceedance may be higher than ``power_kw`` (monitoring/peaks.py).
    is_measured = models.BooleanField(default=True, editable=False)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("joined with"),
        help_text=_("The peak that a late reading joined this one to."),
    )

    class Meta(IntervalOfSensor.Meta):
        verbose_name = _("peak")
        verbose_name_plural = _("peaks")
        indexes = [
            # The newest peaks of all sensors: the admin's list, and a client's.
            models.Index(fields=["-started_at", "-id"], name="peak_newest_first"),
            # Those whose highest power is still to be looked for.
            models.Index(
                fields=["id"],
                condition=Q(is_measured=False, superseded_at__isnull=True),
                name="peak_to_be_measured",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.power_kw:.3f} kW > {self.limit_kw:.3f} kW"

    @property
    def severity(self) -> Severity:
        """By its height above the limit and its length."""
        return rate(self.power_kw, self.limit_kw, lasted=self.ended_at - self.started_at)


class Exceedance(IntervalOfSensor):
    """Two neighbouring readings between which the mean power was above the sensor's maximum."""

    power_kw = PowerField(_("power (kW)"))
    limit_kw = models.FloatField(_("limit (kW)"))

    class Meta(IntervalOfSensor.Meta):
        verbose_name = _("exceedance")
        verbose_name_plural = _("exceedances")
        indexes = [
            # What has been superseded for long enough to go.
            models.Index(
                fields=["superseded_at"],
                condition=Q(superseded_at__isnull=False),
                name="exceedance_superseded",
            )
        ]

    def __str__(self) -> str:
        return f"{self.power_kw:.3f} kW > {self.limit_kw:.3f} kW"


class RegisterFall(IntervalOfSensor):
    """Two neighbouring readings of which the later is lower: a rollover, a reset, a new meter."""

    class Decision(models.TextChoices):
        """What became of the register."""

        UNDECIDED = "undecided", _("waiting for a decision")
        ROLLOVER = "rollover", _("rollover")
        RESET = "reset", _("reset")
        REPLACEMENT = "replacement", _("meter replaced")

    before_kwh = models.FloatField(_("register before (kWh)"))
    after_kwh = models.FloatField(_("register after (kWh)"))
    decision = models.CharField(
        _("decision"), max_length=12, choices=Decision.choices, default=Decision.UNDECIDED
    )
    #: Kept apart, so that it holds again when a replacement that was recorded is taken back.
    said = models.CharField(
        _("said by an administrator"),
        max_length=12,
        choices=[(Decision.ROLLOVER, _("rollover")), (Decision.RESET, _("reset"))],
        blank=True,
    )
    risen_kwh = models.FloatField(
        _("consumption meanwhile (kWh)"),
        null=True,
        blank=True,
        help_text=_("Known of a rollover; of a reset it is not."),
    )

    class Meta(IntervalOfSensor.Meta):
        verbose_name = _("register fall")
        verbose_name_plural = _("register falls")
        constraints = [
            *IntervalOfSensor.Meta.constraints,
            models.CheckConstraint(
                condition=Q(decision="rollover", risen_kwh__gte=0)
                | (~Q(decision="rollover") & Q(risen_kwh__isnull=True)),
                name="registerfall_has_risen_if_a_rollover",
            ),
        ]
        indexes = [
            # What waits for a decision, newest first.
            models.Index(
                fields=["-id"],
                condition=Q(decision="undecided", superseded_at__isnull=True),
                name="registerfall_undecided",
            )
        ]

    def __str__(self) -> str:
        return f"{self.before_kwh:.3f} kWh → {self.after_kwh:.3f} kWh"
