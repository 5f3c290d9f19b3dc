"""Whose forecast: that of all own meters, of a device's, or of one. It stands in the address."""

from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.figures.scope import Scope, UnknownScope, get_scope

LONGEST_ID = 18  # digits: what the database can hold


@dataclass(frozen=True)
class Choice:
    """A device that can be chosen, and its sensors."""

    device: Device
    sensors: list[Sensor]

    @property
    def has_several(self) -> bool:
        """Whether one of its sensors alone is a choice of its own."""
        return len(self.sensors) > 1


def get_choices(*, user: User) -> list[Choice]:
    """The user's own devices that have sensors; one query."""
    sensors = Sensor.objects.filter(device__owner=user).select_related("device")
    ordered = sensors.order_by("device__description", "device_id", "description", "pk")
    return [Choice(device, list(mine)) for device, mine in groupby(ordered, lambda one: one.device)]


def get_chosen_scope(*, user: User, chosen: str) -> Scope:
    """The scope of ``chosen``: a device's key, a sensor's UUID, or empty for all own sensors.

    Raises ``UnknownScope``.
    """
    if not chosen:
        return get_scope(user=user)
    if chosen.isascii() and chosen.isdigit():
        if len(chosen) > LONGEST_ID:
            raise UnknownScope
        return get_scope(user=user, device_id=int(chosen))
    try:
        return get_scope(user=user, sensor_uuid=UUID(chosen))
    except ValueError:
        raise UnknownScope from None
