"""What the start page shows of one's own devices: now, today, and what needs a look."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.core.paginator import Page, Paginator
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.figures.comparison import Comparison, get_comparison
from monitoring.figures.loads import get_hours, midnight
from monitoring.pages.alert_list import Card, get_unread_cards
from monitoring.pages.charts import Chart, Table, make_bars, to_cell, to_json_values
from monitoring.pages.sensor_cards import (
    Life,
    SensorCard,
    join_ids,
    list_states,
    make_sensor_card,
    sum_power_kw,
)
from monitoring.rules.hours import Hours, Load
from monitoring.rules.instants import from_us
from monitoring.rules.known import KnownTime
from monitoring.rules.shares import round_shares

DEVICES_A_PAGE = 20
SILENT_SHOWN = 5
NEWEST_ALERTS = 3
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class DeviceRow:
    """A device: power now, and energy and share of today (kW, kWh, whole percents)."""

    device: Device
    cards: list[SensorCard]
    today_kwh: float | None
    today_known: KnownTime | None
    share_percent: int | None

    @property
    def power_kw(self) -> float | None:
        """The sum of its live sensors."""
        return sum_power_kw(self.cards)

    @property
    def power_ids(self) -> str:
        """The ids of its sensors, for the browser to keep their sum."""
        return join_ids(self.cards)

    @property
    def is_over(self) -> bool:
        """Whether one of its sensors is above its limit."""
        return any(card.is_over for card in self.cards)

    @property
    def quiet_count(self) -> int:
        """How many of its active sensors are not heard of."""
        return sum(card.life in (Life.SILENT, Life.NEVER_SEEN) for card in self.cards)


@dataclass(frozen=True)
class Overview:
    """The start page. ``comparison`` is None before the first reading."""

    rows: Page[DeviceRow]
    cards: list[SensorCard]
    comparison: Comparison | None
    today_chart: Chart | None
    unread: list[Card]

    @property
    def today_kwh(self) -> float | None:
        """What is known of today; None where nothing is."""
        today = self.comparison.today if self.comparison else None
        return today.kwh if today else None

    @property
    def today_known(self) -> KnownTime | None:
        """How much of today so far is known."""
        return self.comparison.today_load.known_time if self.comparison else None

    @property
    def power_kw(self) -> float | None:
        """The sum of all live sensors."""
        return sum_power_kw(self.cards)

    @property
    def states(self) -> dict[str, dict[str, Any]]:
        """The state of each sensor by its id, for the browser to keep sums."""
        return list_states(self.cards)

    @property
    def live_count(self) -> int:
        """How many sensors are heard of."""
        return sum(card.life is Life.LIVE for card in self.cards)

    @property
    def active_count(self) -> int:
        """How many sensors should be heard of."""
        return sum(card.life is not Life.INACTIVE for card in self.cards)

    @property
    def silent(self) -> list[SensorCard]:
        """The sensors that were heard of and are not any more, longest silent first."""
        silent = [card for card in self.cards if card.life is Life.SILENT]
        return sorted(silent, key=lambda card: card.measured_at or NEVER)

    @property
    def silent_shown(self) -> list[SensorCard]:
        """The first of them."""
        return self.silent[:SILENT_SHOWN]

    @property
    def more_silent_count(self) -> int:
        """How many more there are."""
        return max(0, len(self.silent) - SILENT_SHOWN)

    @property
    def has_readings(self) -> bool:
        """Whether there has been any reading at all."""
        return any(card.state for card in self.cards)


def get_overview(*, user: User, page: str, now: datetime, zone: ZoneInfo) -> Overview:
    """The page as of ``now``: the user's own devices, those that used most today first."""
    sensors = Sensor.objects.filter(device__owner=user).select_related("state", "device")
    cards = [make_sensor_card(sensor, now=now) for sensor in sensors]
    ids = [card.sensor.pk for card in cards if card.state]
    comparison = get_comparison(sensor_ids=ids, now=now, zone=zone) if ids else None
    rows = _make_rows(list(Device.objects.filter(owner=user)), cards, comparison)
    return Overview(
        rows=Paginator(rows, DEVICES_A_PAGE).get_page(page),
        cards=cards,
        comparison=comparison,
        today_chart=_make_today_chart(comparison, zone) if comparison else None,
        unread=get_unread_cards(user=user, most=NEWEST_ALERTS, now=now),
    )


def _make_rows(
    devices: Sequence[Device], cards: Sequence[SensorCard], comparison: Comparison | None
) -> list[DeviceRow]:
    by_device: defaultdict[int, list[SensorCard]] = defaultdict(list)
    for card in cards:
        by_device[card.sensor.device_id].append(card)
    loads = [_get_today(by_device[device.pk], comparison) for device in devices]
    energies_kwh = [load.total_kwh if load else 0.0 for load in loads]
    shares = round_shares(energies_kwh)
    rows = [
        DeviceRow(
            device,
            by_device[device.pk],
            today_kwh=kwh if load else None,
            today_known=load.known_time if load else None,
            share_percent=share if load else None,
        )
        for device, load, kwh, share in zip(devices, loads, energies_kwh, shares, strict=True)
    ]
    return sorted(rows, key=lambda row: -(row.today_kwh or 0))


def _get_today(cards: Sequence[SensorCard], comparison: Comparison | None) -> Load | None:
    """Today's hours of these sensors; None where nothing is known."""
    if comparison is None:
        return None
    ids = [card.sensor.pk for card in cards]
    load = comparison.today_load.pick(np.isin(comparison.sensor_ids, ids))
    return load if load.known_h.any() else None


def _make_today_chart(comparison: Comparison, zone: ZoneInfo) -> Chart | None:
    today = comparison.today_load
    if not today.known_h.any():
        return None
    hours = _hours_of_today(comparison.at, zone)
    kwh = np.full(len(hours), np.nan)
    kwh[: len(today.hours)] = np.where(today.known_h.any(axis=0), today.kwh.sum(axis=0), np.nan)
    starts = [from_us(at_us).astimezone(zone) for at_us in hours.start_us.tolist()]
    values = to_json_values(kwh)
    names = [date_format(at, "H:i") for at in starts]
    return Chart(
        id="today",
        title=_("Consumption today in kWh, hour by hour"),
        data=make_bars(
            unit="kWh",
            labels=[date_format(at, "H") for at in starts],
            names=names,
            series=[{"name": _("Today"), "values": values}],
        ),
        table=Table(
            [_("Hour from"), _("Consumption (kWh)")],
            [[name, to_cell(value)] for name, value in zip(names, values, strict=True)],
        ),
        size="low",
    )


def _hours_of_today(now: datetime, zone: ZoneInfo) -> Hours:
    """Those to come, too."""
    today = now.astimezone(zone).date()
    return get_hours(
        start=midnight(today, zone), end=midnight(today + timedelta(days=1), zone), zone=zone
    )
