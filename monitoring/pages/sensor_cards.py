"""Devices and sensors as people see them at a glance: power now, the limit, signs of life."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from accounts.models import User
from devices.access import get_devices
from devices.models import Device, Sensor
from monitoring.fleet.meters import SILENT_AFTER
from monitoring.models import SensorState
from monitoring.rules.rounding import round_kw
from monitoring.templatetags.quantities import MOST_PERCENT

DEVICES_A_PAGE = 24  # whole rows of two and of three cards


class Life(StrEnum):
    """Whether a sensor is heard of."""

    INACTIVE = "inactive"
    NEVER_SEEN = "never-seen"
    SILENT = "silent"
    LIVE = "live"


@dataclass(frozen=True)
class SensorCard:
    """A sensor, its newest reading, and what that says now."""

    sensor: Sensor
    state: SensorState | None
    life: Life

    @property
    def power_kw(self) -> float | None:
        """Mean power between the newest two readings; None when that is not what it is now."""
        return self.state.power_kw if self.state and self.life is Life.LIVE else None

    @property
    def measured_at(self) -> datetime | None:
        """When it was last read."""
        return self.state.measured_at if self.state else None

    @property
    def limit_kw(self) -> float:
        """Above this is a peak."""
        return float(self.sensor.max_power_kw)

    @property
    def limit_text(self) -> str:
        """The limit for programs: a point, whatever the page's language."""
        return str(self.sensor.max_power_kw)

    @property
    def is_over(self) -> bool:
        """Whether there is a peak now."""
        return self.power_kw is not None and self.power_kw > self.limit_kw

    @property
    def percent_of_limit(self) -> int:
        """Power now in percent of the limit, 0 when it is not known."""
        return min(round(100 * (self.power_kw or 0) / self.limit_kw), MOST_PERCENT)

    @property
    def filled_percent(self) -> int:
        """How much of the bar is filled: the whole bar is the limit, or a power above it."""
        return min(self.percent_of_limit, 100)

    @property
    def limit_at_percent(self) -> int:
        """Where on the bar the limit stands: at its end, unless the power is above it."""
        return round(100 * self.limit_kw / max(self.limit_kw, self.power_kw or 0))


@dataclass(frozen=True)
class DeviceCard:
    """A device with its sensors."""

    device: Device
    sensors: list[SensorCard]


@dataclass(frozen=True)
class DeviceCards:
    """The cards of one page, and the page, which knows its neighbours."""

    cards: list[DeviceCard]
    page: Page[Device]


def get_device_cards(*, user: User, search: str, page: str, now: datetime) -> DeviceCards:
    """A page of the devices that the user may see and that contain ``search``, by description.

    A ``page`` that does not exist is the first or the last.
    """
    devices = _search(get_devices(user=user), search).select_related("owner")
    with_sensors = devices.prefetch_related(
        Prefetch("sensors", Sensor.objects.select_related("state"))
    )
    found = Paginator(with_sensors, DEVICES_A_PAGE).get_page(page)
    return DeviceCards([_make_device_card(device, now=now) for device in found], found)


def make_sensor_card(sensor: Sensor, *, now: datetime) -> SensorCard:
    """Judges the newest reading, which ``sensor.state`` must hold without another query."""
    state = getattr(sensor, "state", None)
    if state is not None and state.measured_at is None:
        state = None
    return SensorCard(sensor, state, _judge(sensor, state, now=now))


def _judge(sensor: Sensor, state: SensorState | None, *, now: datetime) -> Life:
    if not sensor.is_active:
        return Life.INACTIVE
    if state is None or state.measured_at is None:
        return Life.NEVER_SEEN
    return Life.SILENT if now - state.measured_at > SILENT_AFTER else Life.LIVE


def sum_power_kw(cards: Iterable[SensorCard]) -> float | None:
    """The power now of all sensors that are live; None when none is."""
    known = [card.power_kw for card in cards if card.power_kw is not None]
    return sum(known) if known else None


def join_ids(cards: Iterable[SensorCard]) -> str:
    """The sensors' ids for an attribute of the page, apart by spaces."""
    return " ".join(str(card.sensor.uuid) for card in cards)


def list_states(cards: Iterable[SensorCard]) -> dict[str, dict[str, Any]]:
    """Power now, limit (kW), newest reading and whether it is active, by sensor id.

    From these the browser keeps sums.
    """
    return {
        str(card.sensor.uuid): {
            "power_kw": round_kw(card.power_kw),
            "limit_kw": card.limit_kw,
            "at": card.measured_at,
            "is_active": card.sensor.is_active,
        }
        for card in cards
    }


def _make_device_card(device: Device, *, now: datetime) -> DeviceCard:
    return DeviceCard(device, [make_sensor_card(s, now=now) for s in device.sensors.all()])


def _search(devices: QuerySet[Device], search: str) -> QuerySet[Device]:
    if not search:
        return devices
    sensors = Sensor.objects.filter(device=OuterRef("pk"), description__icontains=search)
    return devices.filter(
        Q(description__icontains=search)
        | Q(address__icontains=search)
        | Q(owner__name__icontains=search)
        | Q(owner__email__icontains=search)
        | Exists(sensors)
    )
