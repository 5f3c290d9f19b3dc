"""Stores one reading, and tells the owner of a peak."""

from datetime import UTC, datetime
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from bench.baseline.models import Alert, Measurement
from devices.models import Sensor


def store_reading(message: dict[str, Any]) -> None:
    """Takes a decoded wire message of one reading, with a timestamp in milliseconds."""
    sensor = Sensor.objects.select_related("device").get(uuid=message["sensor_id"])
    measured_at = datetime.fromtimestamp(message["timestamp"] / 1000, UTC)
    previous = (
        Measurement.objects.filter(sensor=sensor, measured_at__lt=measured_at)
        .order_by("-measured_at")
        .first()
    )
    measurement = Measurement.objects.create(
        sensor=sensor, measured_at=measured_at, energy_kwh=message["measurement_value"]
    )
    if previous is not None:
        _look_for_peak(sensor, previous, measurement)


def _look_for_peak(sensor: Sensor, previous: Measurement, measurement: Measurement) -> None:
    hours = (measurement.measured_at - previous.measured_at).total_seconds() / 3600
    power_kw = (measurement.energy_kwh - previous.energy_kwh) / hours
    if power_kw <= float(sensor.max_power_kw):
        return
    owner_id = sensor.device.owner_id
    Alert.objects.create(
        user_id=owner_id, sensor=sensor, measured_at=measurement.measured_at, power_kw=power_kw
    )
    layer: Any = get_channel_layer()
    async_to_sync(layer.group_send)(f"baseline.{owner_id}", {"type": "peak", "power_kw": power_kw})
