"""What: the devices that clients own, and the sensors that meter them."""

import uuid
from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

SMALLEST_LIMIT = Decimal("0.001")
MOST_REGISTER_DIGITS = 12
SMALLEST_STEP = Decimal("0.000001")


class Device(models.Model):
    """Something that uses energy, at one address: a flat, a heat pump, a workshop."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="devices", verbose_name=_("owner")
    )
    description = models.CharField(_("description"), max_length=200)
    address = models.CharField(_("address"), max_length=300, blank=True)
    max_hourly_consumption_kwh = models.DecimalField(
        _("maximum hourly consumption (kWh)"),
        max_digits=12,
        decimal_places=3,
        validators=[MinValueValidator(SMALLEST_LIMIT)],
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        ordering = ["description", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(max_hourly_consumption_kwh__gt=0),
                name="device_max_hourly_consumption_is_positive",
            ),
            models.CheckConstraint(
                condition=~models.Q(description=""), name="device_has_a_description"
            ),
        ]

    def __str__(self) -> str:
        return self.description

    def get_absolute_url(self) -> str:
        return reverse("device-detail", args=[self.pk])


class Sensor(models.Model):
    """A smart meter. ``uuid`` is its identity on the wire and in the API."""

    uuid = models.UUIDField(_("sensor id"), default=uuid.uuid4, unique=True)
    device = models.ForeignKey(
        Device, models.PROTECT, related_name="sensors", verbose_name=_("device")
    )
    description = models.CharField(_("description"), max_length=200)
    max_power_kw = models.DecimalField(
        _("maximum power (kW)"),
        max_digits=10,
        decimal_places=3,
        validators=[MinValueValidator(SMALLEST_LIMIT)],
        help_text=_("A mean power above this between two readings is a peak; equal is not."),
    )
    register_digits = models.PositiveSmallIntegerField(
        _("digits of the register"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_REGISTER_DIGITS)],
        help_text=_(
            "How many digits the meter shows before the decimal point: with 6, it goes on with "
            "0 after 999,999 kWh. If it is known, such a rollover is computed through."
        ),
    )
    register_step_kwh = models.DecimalField(
        _("step of the register (kWh)"),
        max_digits=12,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(SMALLEST_STEP)],
        help_text=_(
            "In what steps the register counts: 0.001 if in watt-hours. Then a power is a peak "
            "only if it also is one with a step less, so readings in quick succession raise no "
            "false alarm. Leave it empty to judge every rise as it is. A change counts for "
            "readings that come from then on."
        ),
    )
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("Readings of an inactive sensor go to quarantine."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("sensor")
        verbose_name_plural = _("sensors")
        ordering = ["description", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(max_power_kw__gt=0), name="sensor_max_power_is_positive"
            ),
            models.CheckConstraint(
                condition=~models.Q(description=""), name="sensor_has_a_description"
            ),
            models.CheckConstraint(
                condition=models.Q(register_digits__range=(1, MOST_REGISTER_DIGITS)),
                name="sensor_register_has_1_to_12_digits",
            ),
            models.CheckConstraint(
                condition=models.Q(register_step_kwh__gt=0),
                name="sensor_register_step_is_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.description
