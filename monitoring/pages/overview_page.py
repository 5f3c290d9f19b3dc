"""What the start page shows of one's own devices: now, today, and what needs a look."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
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
from monitoring.history.boundaries import GroupBy
from monitoring.history.consumption import Consumption
from monitoring.history.queries import get_consumption_by_sensor
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
from monitoring.rules.columns import Floats
from monitoring.rules.instants import from_us

DEVICES_A_PAGE = 20
SILENT_SHOWN = 5
NEWEST_ALERTS = 3
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class DeviceRow:
    """A device: power now, and energy and share of today (kW, kWh, percent)."""

    device: Device
    cards: list[SensorCard]
    today_kwh: float | None
    share_percent: float | None

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
    """The start page. Energies of today are None where nobody knows."""

    rows: Page[DeviceRow]
    cards: list[SensorCard]
    today_kwh: float | None
    today_chart: Chart | None
    unread: list[Card]

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
    hours = _get_today(cards, now=now, zone=zone)
    devices = list(Device.objects.filter(owner=user))
    rows = _make_rows(devices, cards, _sum_today(hours))
    total = _total(hours)
    return Overview(
        rows=Paginator(rows, DEVICES_A_PAGE).get_page(page),
        cards=cards,
        today_kwh=_known_sum(total.kwh) if total else None,
        today_chart=_make_today_chart(total, zone) if total else None,
        unread=get_unread_cards(user=user, most=NEWEST_ALERTS, now=now),
    )


@dataclass(frozen=True)
class _Total:
    start_us: list[int]
    kwh: Floats


def _get_today(
    cards: Sequence[SensorCard], *, now: datetime, zone: ZoneInfo
) -> Mapping[int, Consumption]:
    """Today's hours of each sensor that has ever been read."""
    ids = [card.sensor.pk for card in cards if card.state]
    if not ids:
        return {}
    today = now.astimezone(zone).date()
    start = datetime(today.year, today.month, today.day, tzinfo=zone)
    tomorrow = today + timedelta(days=1)
    end = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone)
    return get_consumption_by_sensor(ids, start=start, end=end, group_by=GroupBy.HOUR, zone=zone)


def _sum_today(hours: Mapping[int, Consumption]) -> dict[int, float | None]:
    return {sensor_id: _known_sum(one.kwh) for sensor_id, one in hours.items()}


def _known_sum(kwh: Floats) -> float | None:
    """The sum of what is known; None where nothing is."""
    return None if np.isnan(kwh).all() else float(np.nansum(kwh))


def _total(hours: Mapping[int, Consumption]) -> _Total | None:
    if not hours:
        return None
    columns = np.array([one.kwh for one in hours.values()])
    is_known = ~np.isnan(columns).all(axis=0)
    sums = np.where(is_known, np.nansum(columns, axis=0), np.nan)
    return _Total(next(iter(hours.values())).start_us.tolist(), sums)


def _make_rows(
    devices: Sequence[Device], cards: Sequence[SensorCard], today_kwh: Mapping[int, float | None]
) -> list[DeviceRow]:
    rows = []
    by_device: defaultdict[int, list[SensorCard]] = defaultdict(list)
    for card in cards:
        by_device[card.sensor.device_id].append(card)
    total = sum(kwh for kwh in today_kwh.values() if kwh is not None)
    for device in devices:
        mine = by_device[device.pk]
        known = [kwh for card in mine if (kwh := today_kwh.get(card.sensor.pk)) is not None]
        kwh = sum(known) if known else None
        share = 100 * kwh / total if kwh is not None and total else None
        rows.append(DeviceRow(device, mine, kwh, share))
    return sorted(rows, key=lambda row: -(row.today_kwh or 0))


def _make_today_chart(total: _Total, zone: ZoneInfo) -> Chart | None:
    if np.isnan(total.kwh).all():
        return None
    starts = [from_us(at_us).astimezone(zone) for at_us in total.start_us]
    values = to_json_values(total.kwh)
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
