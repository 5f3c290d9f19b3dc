"""Tables as one would make them first: a number as the key, a foreign key, a unique constraint."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from devices.models import Sensor


class Measurement(models.Model):
    """One reading."""

    sensor = models.ForeignKey(Sensor, models.CASCADE, related_name="+")
    measured_at = models.DateTimeField()
    energy_kwh = models.FloatField()

    objects: ClassVar[models.Manager["Measurement"]] = models.Manager()

    class Meta:
        app_label = "baseline"
        constraints = [
            models.UniqueConstraint(fields=["sensor", "measured_at"], name="one_a_sensor_and_time")
        ]

    def __str__(self) -> str:
        return f"{self.energy_kwh} kWh"


class Alert(models.Model):
    """Tells a user of one peak."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    sensor = models.ForeignKey(Sensor, models.CASCADE, related_name="+")
    measured_at = models.DateTimeField()
    power_kw = models.FloatField()

    objects: ClassVar[models.Manager["Alert"]] = models.Manager()

    class Meta:
        app_label = "baseline"

    def __str__(self) -> str:
        return f"{self.power_kw} kW"
