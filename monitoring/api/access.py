"""Who asks, and for which object. Somebody else's is as absent as one that does not exist."""

from uuid import UUID

from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from accounts.models import User
from devices.access import get_devices, get_sensors
from devices.models import Device, Sensor


def user_of(request: Request) -> User:
    """The user, whom the permission class has let in."""
    if not isinstance(request.user, User):
        raise TypeError("The view lets anonymous users in.")
    return request.user


def get_sensor(request: Request, sensor_id: str | UUID) -> Sensor:
    """The sensor that the user may see, with its device. Raises ``NotFound``."""
    try:
        uuid = UUID(str(sensor_id))
    except ValueError:
        raise NotFound from None
    sensor = get_sensors(user=user_of(request)).filter(uuid=uuid).first()
    if sensor is None:
        raise NotFound
    return sensor


def get_device(request: Request, device_id: int) -> Device:
    """The device that the user may see. Raises ``NotFound``."""
    device = get_devices(user=user_of(request)).filter(pk=device_id).first()
    if device is None:
        raise NotFound
    return device
