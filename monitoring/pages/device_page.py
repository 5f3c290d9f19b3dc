"""What the page of one device shows: its meters now, their last hour, and its newest peaks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from devices.models import Device
from monitoring.pages.charts import Chart
from monitoring.pages.device_power import get_device_live_chart
from monitoring.pages.peak_lists import ListedPeak, get_peaks
from monitoring.pages.sensor_cards import (
    SensorCard,
    join_ids,
    list_states,
    make_sensor_card,
    sum_power_kw,
)


@dataclass(frozen=True)
class DevicePage:
    """A device, its sensors now, their last hour, and its newest peaks."""

    device: Device
    cards: list[SensorCard]
    live: Chart | None
    newest_peaks: list[ListedPeak]

    @property
    def power_kw(self) -> float | None:
        """The sum of its sensors' power now; None when none of them is live."""
        return sum_power_kw(self.cards)

    @property
    def states(self) -> dict[str, dict[str, Any]]:
        """The state of each sensor by its id, for the browser to keep sums."""
        return list_states(self.cards)

    @property
    def power_ids(self) -> str:
        """The ids of its sensors, for the browser to add their peaks."""
        return join_ids(self.cards)

    @property
    def sensor_ids(self) -> list[int]:
        """The keys of its sensors."""
        return [card.sensor.pk for card in self.cards]


def get_device_page(*, device: Device, user: User, now: datetime) -> DevicePage:
    """The page as of ``now``."""
    sensors = device.sensors.select_related("state", "device")
    cards = [make_sensor_card(sensor, now=now) for sensor in sensors]
    ids = [card.sensor.pk for card in cards]
    peaks = get_peaks(sensor_ids=ids, user=user)
    live = get_device_live_chart(cards, peaks=peaks, now=now)
    return DevicePage(device, cards, live, newest_peaks=peaks)
