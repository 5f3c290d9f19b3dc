"""Whose figures: all of a client's sensors, those of one device, or one."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from accounts.models import User
from devices.access import get_sensors
from devices.models import Device, Sensor


class UnknownScope(LookupError):
    """There is no such device or sensor, or it is somebody else's."""


@dataclass(frozen=True)
class Scope:
    """Sensors, and above which power (kW) they should not be; None where there are none.

    A sensor's limit is its maximum power. A device's is the lower of its maximum consumption in an
    hour, as a mean power, and of what its sensors may have together; a client's the sum of those of
    the devices that have sensors.
    """

    sensors: list[Sensor]
    limit_kw: float | None

    @property
    def sensor_ids(self) -> list[int]:
        """The keys of the sensors."""
        return [sensor.pk for sensor in self.sensors]


def get_scope(
    *, user: User, device_id: int | None = None, sensor_uuid: UUID | None = None
) -> Scope:
    """The sensors that are asked for. Raises ``UnknownScope``.

    Without a device or a sensor these are the user's own, for an administrator too. A device
    without sensors is as unknown as none: there is nothing to tell of it.
    """
    sensors = get_sensors(user=user)
    if device_id is None and sensor_uuid is None:
        own = list(sensors.filter(device__owner=user))
        return Scope(own, _sum_of_devices_kw(own))
    if device_id is not None:
        sensors = sensors.filter(device_id=device_id)
    if sensor_uuid is not None:
        sensors = sensors.filter(uuid=sensor_uuid)
    found = list(sensors)
    if not found:
        raise UnknownScope
    is_one = sensor_uuid is not None
    return Scope(found, float(found[0].max_power_kw) if is_one else _sum_of_devices_kw(found))


def _sum_of_devices_kw(sensors: list[Sensor]) -> float | None:
    of_device: dict[Device, Decimal] = {}
    for sensor in sensors:
        of_device[sensor.device] = of_device.get(sensor.device, Decimal()) + sensor.max_power_kw
    limits = [min(of_device[device], device.max_hourly_consumption_kwh) for device in of_device]
    return float(sum(limits)) if limits else None
