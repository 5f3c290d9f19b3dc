"""The figures of a page agree with each other and with those of other pages, whatever was read."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.history.summing import sum_intervals
from monitoring.ingest.store import store_batch
from monitoring.pages import devices, overview
from monitoring.rules.instants import to_us
from monitoring.rules.readings import Reading, Readings
from tests.conftest import MAX_GAP, make_device, make_sensor
from tests.ingest.test_any_order import forget_everything

ZONES = ["UTC", "Europe/Bucharest", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"]
MOST_READINGS = 120
MINUTE = timedelta(minutes=1)


class Meter(NamedTuple):
    """How a meter was read: every so many minutes up to some before now, with gaps."""

    device: int
    every_min: float
    newest_min_ago: float
    missing: frozenset[int]
    late: frozenset[int]
    rises_kwh: list[float]
    falls_at: int | None
    is_active: bool

    def read(self, now: datetime) -> Iterator[tuple[int, datetime, float]]:
        """The readings: number, time, register."""
        kwh = 50.0
        for number in range(MOST_READINGS):
            back = self.newest_min_ago + (MOST_READINGS - 1 - number) * self.every_min
            if number not in self.missing:
                yield number, now - back * MINUTE, kwh
            kwh += self.rises_kwh[number % len(self.rises_kwh)]
            kwh = 0.5 if number == self.falls_at else kwh


NUMBERS = st.integers(0, MOST_READINGS - 1)
METERS = st.builds(
    Meter,
    device=st.integers(0, 2),
    every_min=st.sampled_from([7, 15, 45, 90, 400.5, 720]),
    newest_min_ago=st.sampled_from([0, 3.2, 50, 100, 500]),
    missing=st.one_of(
        st.frozensets(NUMBERS, max_size=20),
        st.builds(lambda a, b: frozenset(range(min(a, b), max(a, b))), NUMBERS, NUMBERS),
    ),
    late=st.frozensets(NUMBERS, max_size=10),
    rises_kwh=st.lists(st.sampled_from([0.0, 0.013, 0.2, 1.83, 99.5]), min_size=1, max_size=30),
    falls_at=st.one_of(st.none(), NUMBERS),
    is_active=st.booleans(),
)
# The clocks change in several of the zones in these months.
TIMES = st.datetimes(datetime(2026, 3, 1), datetime(2026, 4, 30), timezones=st.just(UTC))  # noqa: DTZ001


@settings(
    max_examples=15,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink an example takes minutes
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(meters=st.lists(METERS, min_size=1, max_size=4), now=TIMES, zone=st.sampled_from(ZONES))
def test_figures_agree_on_any_day(
    as_alice: Client,
    alice: User,
    monkeypatch: pytest.MonkeyPatch,
    meters: list[Meter],
    now: datetime,
    zone: str,
) -> None:
    forget_everything()
    Sensor.objects.all().delete()
    Device.objects.all().delete()
    User.objects.filter(pk=alice.pk).update(time_zone=zone)
    for page in (overview, devices):
        monkeypatch.setattr(page, "timezone", SimpleNamespace(now=lambda: now))
    store_all(alice, meters, now)
    shown = as_alice.get("/")
    check_overview(shown)
    if shown.context["comparison"]:
        check_device_pages(as_alice, shown)


def store_all(owner: User, meters: list[Meter], now: datetime) -> None:
    """Late readings come after the others are summed."""
    owned = [make_device(owner, f"Device {number}") for number in range(3)]
    sensors = [make_sensor(owned[meter.device], "Meter", max_power_kw="4") for meter in meters]
    for is_late in (False, True):
        store_batch(
            Readings.of(
                Reading(str(sensor.uuid), to_us(at), kwh)
                for sensor, meter in zip(sensors, meters, strict=True)
                for number, at, kwh in meter.read(now)
                if (number in meter.late) is is_late
            ),
            now=now,
        )
        assert sum_intervals(max_gap=MAX_GAP, now=now)
    for sensor, meter in zip(sensors, meters, strict=True):
        Sensor.objects.filter(pk=sensor.pk).update(is_active=meter.is_active)


def check_overview(shown: Any) -> None:
    page, comparison = shown.context["overview"], shown.context["comparison"]
    today = page.today_kwh or 0
    rows = page.rows.object_list
    assert sum(row.today_kwh or 0 for row in rows) == pytest.approx(today, abs=1e-6)
    if today:
        assert sum(row.share_percent or 0 for row in rows) == 100
        bars = page.today_chart.data["series"][0]["values"]
        assert sum(bar or 0 for bar in bars) == pytest.approx(today, abs=0.02)
    if comparison is None or comparison.on_last_month is None:
        assert not today
        return
    month_kwh = comparison.on_last_month.kwh
    assert today <= month_kwh + 1e-6
    if comparison.month:
        assert month_kwh <= comparison.month.kwh + 1e-6
    for known in (page.today_known, comparison.month_known):
        assert 0 <= known.share <= 1
    text = shown.content.decode().replace("\N{NO-BREAK SPACE}", " ")
    check_sentences(text, "usual by now", today)
    check_sentences(text, "last month up to the same day", month_kwh)


def check_sentences(text: str, than: str, figure_kwh: float) -> None:
    """A change is that of the figure that it stands beside, or of the one that it names."""
    found = re.findall(rf"(?:>([\d.,]+) kWh of it: |>)([^<>]*) {than} \(([\d.,]+) kWh\)", text)
    for part, words, before in found:
        base = as_number(part) if part else figure_kwh
        assert base <= figure_kwh + 0.005
        change = 100 * (base / max(as_number(before), 0.005) - 1)
        percent = as_number(re.sub(r"[^\d,]", "", words) or "0")
        told = -percent if "less" in words else percent
        error = 100 * 0.01 * (1 + base) / max(as_number(before), 0.005) ** 2  # what was rounded
        assert told == pytest.approx(change, abs=1.1 + error + 0.005 * abs(change))


def as_number(text: str) -> float:
    return float(text.replace(",", ""))


def check_device_pages(client: Client, shown: Any) -> None:
    """The device's own page has what the overview says of today, and they sum to the month."""
    month = shown.context["comparison"].on_last_month
    month_kwh = 0.0
    for row in shown.context["overview"].rows.object_list:
        for period in ("day", "month"):
            page = client.get(row.device.get_absolute_url(), {"period": period})
            section = page.context.get("section")
            total_kwh = section.total_kwh if section else 0.0
            if period == "day":
                assert total_kwh == pytest.approx(row.today_kwh or 0, abs=1e-6)
            else:
                month_kwh += total_kwh
                assert (row.today_kwh or 0) <= total_kwh + 1e-6
    assert month_kwh == pytest.approx(month.kwh if month else 0, abs=1e-6)
