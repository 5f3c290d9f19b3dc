"""The start page."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.figures.comparison import Comparison, get_comparison
from monitoring.history.summing import sum_intervals
from monitoring.pages import overview, overview_page
from monitoring.rules.comparison import Compared
from tests.conftest import make_device, make_sensor
from tests.pages.conftest import StoreAgo


def show(client: Client, query: str = "") -> str:
    response = client.get(f"/{query}")
    assert response.status_code == HTTPStatus.OK
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def sum_up() -> None:
    sum_intervals(max_gap=settings.HISTORY_MAX_GAP, now=datetime.now(UTC))


def minutes_of_today(now: datetime) -> float:
    return (now - now.replace(hour=0, minute=0, second=0, microsecond=0)) / timedelta(minutes=1)


def test_power_now_is_the_sum_of_the_live_meters(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    store_ago(meter, (12, 100.0), (2, 100.5))
    store_ago(make_sensor(meter.device, "Heat pump"), (12, 5.0), (2, 5.25))
    store_ago(make_sensor(meter.device, "Old meter"), (90, 5.0), (80, 5.5))
    page = show(as_alice)
    assert "<strong data-power-of-all>4.50 kW</strong>" in page
    assert "2 of 3 meters are live" in page


def test_devices_stand_in_the_order_of_today_with_their_shares(
    as_alice: Client, alice: User, meter: Sensor, store_ago: StoreAgo, now: datetime
) -> None:
    ago = minutes_of_today(now)
    store_ago(meter, (ago + 1, 99.0), (ago, 100.0), (0, 101.0))
    store_ago(make_sensor(make_device(alice, "Garage")), (ago + 1, 4.0), (ago, 5.0), (0, 8.0))
    sum_up()
    response = as_alice.get("/")
    rows = list(response.context["overview"].rows)
    assert [row.device.description for row in rows] == ["Garage", "Flat"]
    assert [row.share_percent for row in rows] == pytest.approx([75, 25], abs=1)
    assert response.context["overview"].today_kwh == pytest.approx(4, abs=0.1)
    assert "75%" in response.content.decode()


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (
            Compared(kwh=10, compared_kwh=10, reference_kwh=8),
            "25% more than usual by now (8.00 kWh)",
        ),
        (Compared(kwh=10, compared_kwh=2, reference_kwh=2), None),
    ],
)
def test_usual_day_is_told_where_it_is_of_what_was_used_today(
    as_alice: Client,
    meter: Sensor,
    store_ago: StoreAgo,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    today: Compared,
    words: str | None,
) -> None:
    def compare(**arguments: Any) -> Comparison:
        return replace(get_comparison(**arguments), today=today)

    monkeypatch.setattr(overview_page, "get_comparison", compare)
    ago = minutes_of_today(now)
    store_ago(meter, (ago + 1, 99.0), (ago, 100.0), (0, 101.0))
    sum_up()
    page = show(as_alice)
    assert "Today so far" in page
    assert words in page if words else "by now" not in page


def test_numbers_of_the_table_have_their_thousands_apart(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo, now: datetime
) -> None:
    ago = minutes_of_today(now)
    store_ago(meter, (ago + 1, 0.0), (ago, 1.0), (0, 100_000.0))
    sum_up()
    assert re.search(r'<td class="number">\d{1,2},\d{3}\.\d\d</td>', show(as_alice))


def test_deactivated_meter_counts_for_nothing_now(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    store_ago(meter, (12, 100.0), (2, 101.0))
    store_ago(make_sensor(meter.device, "Heat pump"), (12, 5.0), (2, 5.25))
    Sensor.objects.filter(pk=meter.pk).update(is_active=False)
    page = show(as_alice)
    assert "<strong data-power-of-all>1.50 kW</strong>" in page
    assert "1 of 1 meters is live" in page
    assert re.search(r'data-field="over" hidden>Above the limit', page)
    assert " silent</span>" not in page


def test_silent_meters_are_named(as_alice: Client, meter: Sensor, store_ago: StoreAgo) -> None:
    store_ago(meter, (90, 100.0), (80, 101.0))
    page = show(as_alice)
    assert "1 meter has gone silent" in page
    assert f'<a href="/sensors/{meter.uuid}/">Flat · Main meter</a>' in page


def test_of_many_silent_meters_the_longest_silent_are_named(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    for number in range(7):
        sensor = make_sensor(meter.device, f"Meter {number}")
        store_ago(sensor, (200 - number, 1.0), (190 - number, 1.5))
    page = show(as_alice)
    assert "7 meters have gone silent" in page
    assert "Meter 0" in page
    assert "Flat · Meter 5" not in page
    assert "and 2 more" in page


def test_unread_alerts_lead_to_their_pages(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    store_ago(meter, (12, 100.0), (2, 101.5))
    page = show(as_alice)
    assert "data-unread-count>1</a>" in page
    assert '<a href="/alerts/1/">Flat · Main meter</a>' in page
    assert "+125%" in page


def test_alert_that_came_after_the_list_was_read_comes_over_the_socket(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_then_store(**arguments: Any) -> overview_page.Overview:
        page = overview_page.get_overview(**arguments)
        store_ago(meter, (12, 100.0), (2, 101.5))
        return page

    monkeypatch.setattr(overview, "get_overview", read_then_store)
    page = show(as_alice)
    assert "/alerts/1/" not in page
    assert 'data-after="0"' in page


def test_without_devices_a_client_reads_who_adds_them(as_alice: Client) -> None:
    assert "energy company will add your devices" in show(as_alice)


def test_device_without_meter_and_meter_without_reading(
    as_alice: Client, alice: User, meter: Sensor
) -> None:
    make_device(alice, "Garage")
    page = show(as_alice)
    assert "No meter" in page
    assert "None of your meters has sent a reading yet" in page


def test_outsider_sees_nothing(as_charlie: Client, meter: Sensor, store_ago: StoreAgo) -> None:
    store_ago(meter, (12, 100.0), (2, 101.5))
    page = show(as_charlie)
    assert "Flat" not in page
    assert "No devices yet" in page


def test_names_are_escaped_in_the_islands_too(
    as_alice: Client, alice: User, store_ago: StoreAgo
) -> None:
    sensor = make_sensor(make_device(alice, "</script><script>alert(1)</script>"))
    store_ago(sensor, (12, 100.0), (2, 101.5))
    sum_up()
    assert "<script>alert" not in show(as_alice)
    assert "<script>alert" not in as_alice.get(f"/sensors/{sensor.uuid}/").content.decode()


@pytest.mark.django_db
def test_anonymous_is_asked_to_log_in(client: Client) -> None:
    assert client.get("/").headers["Location"] == "/accounts/login/?next=/"


def test_wrong_method(as_alice: Client) -> None:
    assert as_alice.post("/").status_code == HTTPStatus.METHOD_NOT_ALLOWED


@pytest.mark.parametrize("page", ["0", "nonsense", "99"])
def test_page_that_does_not_exist_is_the_first_or_the_last(
    as_alice: Client, flat: Device, page: str
) -> None:
    assert "Flat" in show(as_alice, f"?page={page}")


@pytest.mark.parametrize("devices", [1, 100])
def test_queries_do_not_grow_with_devices(
    as_alice: Client,
    alice: User,
    store_ago: StoreAgo,
    django_assert_max_num_queries: Any,
    devices: int,
) -> None:
    for number in range(devices):
        device = make_device(alice, f"Flat {number:03}")
        store_ago(make_sensor(device), (30, 1.0), (20, 9.0), (10, 9.0))
    sum_up()
    with django_assert_max_num_queries(15):
        page = show(as_alice)
    assert page.count("data-device-powers") == min(devices, 20)
