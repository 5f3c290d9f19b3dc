"""Which devices and sensors somebody may see: one place, asked by pages and API alike."""

from django.db.models import QuerySet

from accounts.models import User
from devices.models import Device, Sensor


def get_devices(*, user: User) -> QuerySet[Device]:
    """A client's own devices; all of them for an administrator."""
    return Device.objects.all() if user.is_staff else Device.objects.filter(owner=user)


def get_devices_of(*, user: User) -> QuerySet[Device]:
    """The devices that are the user's own, an administrator's too."""
    return Device.objects.filter(owner=user)


def is_client(user: User) -> bool:
    """Whether somebody looks after devices of their own: an administrator rarely does."""
    return not user.is_staff or get_devices_of(user=user).exists()


def get_sensors(*, user: User) -> QuerySet[Sensor]:
    """The sensors of the devices that ``get_devices`` gives, each with its device."""
    sensors = Sensor.objects.select_related("device")
    return sensors if user.is_staff else sensors.filter(device__owner=user)
