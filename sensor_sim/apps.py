"""Makes ``manage.py simulate_sensor`` known to Django; there are no models."""

from django.apps import AppConfig


class SensorSimConfig(AppConfig):
    """The simulator as a Django app."""

    name = "sensor_sim"
    verbose_name = "Sensor simulator"
