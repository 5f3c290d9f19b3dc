"""What was last heard of sensors, as the admin's lists and tables show it."""

from collections import defaultdict
from dataclasses import dataclass

from accounts.models import User
from devices.access import get_devices_of
from devices.models import Device, Sensor
from monitoring.models import SensorState
from monitoring.templatetags.quantities import kw, when

DEVICES_SHOWN = 50
SENSORS_SHOWN = 200


@dataclass(frozen=True)
class DeviceMeters:
    """A device with its sensors."""

    device: Device
    sensors: list[Sensor]


@dataclass(frozen=True)
class OwnMeters:
    """The first devices of a user with their first sensors. ``has_more``: there are others."""

    devices: list[DeviceMeters]
    has_more: bool


def get_own_meters(user: User) -> OwnMeters:
    """A user's devices and meters, in two queries that read a bounded number of rows."""
    devices = list(get_devices_of(user=user)[: DEVICES_SHOWN + 1])
    shown = devices[:DEVICES_SHOWN]
    found = Sensor.objects.filter(device__in=shown).select_related("state")
    sensors = list(found.order_by("device_id", "description", "pk")[: SENSORS_SHOWN + 1])
    by_device: defaultdict[int, list[Sensor]] = defaultdict(list)
    for sensor in sensors[:SENSORS_SHOWN]:
        by_device[sensor.device_id].append(sensor)
    rows = [DeviceMeters(device, by_device[device.pk]) for device in shown]
    return OwnMeters(rows, len(devices) > DEVICES_SHOWN or len(sensors) > SENSORS_SHOWN)


def get_state(sensor: Sensor) -> SensorState:
    """The newest state; an empty one where there is none."""
    return getattr(sensor, "state", None) or SensorState(sensor=sensor)


def get_power(sensor: Sensor) -> str:
    """The power between the last two readings, with its unit."""
    return kw(get_state(sensor).power_kw if sensor.is_active else None)


def get_time(sensor: Sensor) -> str:
    """When the last reading was measured."""
    return when(get_state(sensor).measured_at)
