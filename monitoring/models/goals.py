"""What clients mean to use at most."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from devices.models import Device

SMALLEST_GOAL_KWH = Decimal("0.001")
LARGEST_GOAL_KWH = Decimal(10_000_000)


class MonthlyGoal(models.Model):
    """The energy that a user means to use at most in each month; no row: none is set.

    Without a device it is for all devices of the user together.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("user")
    )
    device = models.ForeignKey(
        Device, models.CASCADE, related_name="+", null=True, blank=True, verbose_name=_("device")
    )
    kwh = models.DecimalField(
        _("goal of a month (kWh)"),
        max_digits=11,
        decimal_places=3,
        validators=[MinValueValidator(SMALLEST_GOAL_KWH)],
    )
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("monthly goal")
        verbose_name_plural = _("monthly goals")
        constraints = [
            models.CheckConstraint(condition=Q(kwh__gt=0), name="monthly_goal_is_positive"),
            # These also serve the look-up of a user's goals.
            models.UniqueConstraint(
                fields=["user"], condition=Q(device__isnull=True), name="one_goal_of_all_devices"
            ),
            models.UniqueConstraint(fields=["user", "device"], name="one_goal_a_device"),
        ]

    def __str__(self) -> str:
        return f"{self.kwh} kWh"
