"""The page of a device."""

import re
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.models import Peak
from tests.conftest import make_device, make_sensor
from tests.pages.conftest import StoreAgo


def show(client: Client, device: Device) -> str:
    response = client.get(device.get_absolute_url())
    assert response.status_code == HTTPStatus.OK
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def charts(page: str) -> list[str]:
    return re.findall(r'<figure class="chart">.*?</figure>', page, re.DOTALL)


def test_chart_shows_power_limit_and_peak(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    store_ago(meter, (60, 100.0), (50, 100.5), (40, 101.5), (30, 101.7))
    (chart,) = charts(show(as_alice, meter.device))
    ElementTree.fromstring(chart)
    assert "Power of Main meter in the last 24 hours, in kW" in chart
    assert re.search(r"Mean 3.40 kW, highest 6.00 kW at .*, limit 4 kW\.\s*1 peak\.", chart)
    assert "Limit 4 kW" in chart
    assert chart.count('class="peak-dot"') == 1
    assert "6.00 kW, " in chart


def test_numbers_stand_in_a_table(as_alice: Client, meter: Sensor, store_ago: StoreAgo) -> None:
    store_ago(meter, (190, 100.0), (180, 100.5), (40, 101.5), (30, 101.7))
    page = show(as_alice, meter.device)
    rows = re.findall(r'<td class="number">([\d.]+)</td><td class="number">([\d.]+)</td>', page)
    assert rows == [("3.00", "3.00"), ("1.20", "1.20")]


def test_times_are_those_of_the_readers_zone(
    as_alice: Client, alice: User, meter: Sensor, store_ago: StoreAgo, now: datetime
) -> None:
    User.objects.update(time_zone="Asia/Kolkata")
    store_ago(meter, (30, 100.0), (20, 100.5))
    local = now - timedelta(minutes=30) + timedelta(hours=5, minutes=30)
    assert f'<th scope="row">{local:%-d %b %Y, %H}:00</th>' in show(as_alice, meter.device)


def test_newest_peaks_are_listed_without_the_withdrawn(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo, now: datetime
) -> None:
    store_ago(meter, (3000, 90.0), (2990, 91.0))
    store_ago(meter, (60, 100.0), (50, 101.0))
    assert show(as_alice, meter.device).count('<span class="badge danger">+50%</span>') == 2
    newest = Peak.objects.order_by("-started_at")[:1]
    Peak.objects.filter(pk__in=newest).update(superseded_at=now)
    page = show(as_alice, meter.device)
    assert page.count('<span class="badge danger">+50%</span>') == 1
    assert 'class="peak-dot"' not in page


def test_peaks_of_other_devices_are_not_listed(
    as_alice: Client, alice: User, meter: Sensor, store_ago: StoreAgo
) -> None:
    store_ago(make_sensor(make_device(alice, "Garage")), (60, 100.0), (50, 101.0))
    assert "No peak so far" in show(as_alice, meter.device)


def test_day_without_readings_has_no_chart(as_alice: Client, meter: Sensor) -> None:
    page = show(as_alice, meter.device)
    assert not charts(page)
    assert "There is no power to draw for the last 24 hours" in page
    assert "No peak so far" in page


def test_device_without_meters(as_alice: Client, flat: Device) -> None:
    assert "No meter is attached yet" in show(as_alice, flat)


def test_each_sensor_has_its_own_chart(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    pump = make_sensor(meter.device, "Heat pump", "9")
    store_ago(meter, (60, 100.0), (50, 100.5))
    store_ago(pump, (60, 500.0), (50, 501.0))
    first, second = charts(show(as_alice, meter.device))
    assert "Heat pump" in first
    assert "highest 6.00 kW" in first
    assert "Main meter" in second
    assert "highest 3.00 kW" in second


def test_page_stays_small_with_a_reading_every_five_seconds(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    readings = [(1439 - second / 60, 100 + second / 3600) for second in range(0, 86_000, 5)]
    store_ago(meter, *readings)
    (chart,) = charts(show(as_alice, meter.device))
    assert len(chart) < 20_000
    assert "highest 1.00 kW" in chart


def test_page_stays_small_with_a_register_that_falls_all_the_time(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    readings = [(1400 - 0.5 * i, 100 + i / 100 + 50 * (i // 2 % 2)) for i in range(2500)]
    store_ago(meter, *readings)
    (chart,) = charts(show(as_alice, meter.device))
    assert len(chart) < 40_000


@pytest.mark.django_db
def test_anonymous_is_asked_to_log_in(client: Client, flat: Device) -> None:
    path = flat.get_absolute_url()
    assert client.get(path).headers["Location"] == f"/accounts/login/?next={path}"


def test_outsider_finds_nothing(as_charlie: Client, flat: Device) -> None:
    assert as_charlie.get(flat.get_absolute_url()).status_code == HTTPStatus.NOT_FOUND
    assert as_charlie.get("/devices/999999/").status_code == HTTPStatus.NOT_FOUND


def test_administrator_sees_it_with_its_owner(as_administrator: Client, flat: Device) -> None:
    assert "Alice" in show(as_administrator, flat)


def test_wrong_method(as_alice: Client, flat: Device) -> None:
    status = as_alice.post(flat.get_absolute_url()).status_code
    assert status == HTTPStatus.METHOD_NOT_ALLOWED


@pytest.mark.parametrize("sensors", [1, 100])
def test_queries_do_not_grow_with_sensors(
    as_alice: Client,
    alice: User,
    store_ago: StoreAgo,
    django_assert_max_num_queries: Any,
    sensors: int,
) -> None:
    device = make_device(alice)
    for number in range(sensors):
        store_ago(make_sensor(device, f"Meter {number}"), (30, 1.0), (20, 2.0))
    with django_assert_max_num_queries(9):
        show(as_alice, device)
