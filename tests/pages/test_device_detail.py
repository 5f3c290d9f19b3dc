"""The page of a device."""

import json
import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.history.summing import sum_intervals
from tests.conftest import make_device, make_sensor
from tests.pages.conftest import StoreAgo


def show(client: Client, device: Device, query: str = "") -> str:
    response = client.get(device.get_absolute_url() + query)
    assert response.status_code == HTTPStatus.OK
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def sum_up() -> None:
    sum_intervals(max_gap=settings.HISTORY_MAX_GAP, now=datetime.now(UTC))


def test_power_now_is_the_sum_of_its_meters(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    store_ago(meter, (12, 100.0), (2, 100.5))
    store_ago(make_sensor(meter.device, "Heat pump"), (12, 5.0), (2, 5.25))
    page = show(as_alice, meter.device)
    assert "<strong data-power-of-all>4.50 kW</strong>" in page
    assert f'<a href="/sensors/{meter.uuid}/">Main meter</a>' in page


@pytest.mark.parametrize(
    ("period", "bars"), [("day", {24}), ("week", {7}), ("month", {28, 29, 30, 31}), ("year", {12})]
)
def test_consumption_adds_its_meters_up(
    as_alice: Client,
    meter: Sensor,
    store_ago: StoreAgo,
    period: str,
    bars: set[int],
    now: datetime,
) -> None:
    noon = (now - timedelta(days=3)).replace(hour=12, minute=0, second=0, microsecond=0)
    ago = (now - noon) / timedelta(minutes=1)
    for sensor in (meter, make_sensor(meter.device, "Heat pump")):
        store_ago(sensor, (ago, 100.0), (ago - 30, 101.5))
    sum_up()
    query = {"period": period, "date": f"{noon:%Y-%m-%d}"}
    section = as_alice.get(meter.device.get_absolute_url(), query).context["section"]
    values = section.chart.data["series"][0]["values"]
    assert section.total_kwh == pytest.approx(3.0)
    assert [value for value in values if value is not None] == [pytest.approx(3.0)]
    assert len(values) in bars


def test_previous_and_next_lead_through_time(as_alice: Client, meter: Sensor) -> None:
    page = show(as_alice, meter.device, "?period=month&date=2026-02-10")
    assert "February 2026" in page
    path = meter.device.get_absolute_url()
    assert f'rel="prev" href="{path}?period=month&amp;date=2026-01-31#consumption-of"' in page
    assert f'rel="next" href="{path}?period=month&amp;date=2026-03-01#consumption-of"' in page
    assert 'rel="next"' not in show(as_alice, meter.device)


def test_numbers_stand_in_a_table(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo, now: datetime
) -> None:
    store_ago(meter, (3000, 100.0), (2900, 101.0))
    sum_up()
    day = (now - timedelta(minutes=2950)).date()
    page = show(as_alice, meter.device, f"?period=day&date={day}")
    assert "Consumption (kWh)" in page
    assert "Quality" in page
    assert "missing" in page


def test_limit_is_drawn_in_on_a_day(as_alice: Client, meter: Sensor, store_ago: StoreAgo) -> None:
    store_ago(meter, (30, 100.0), (0, 101.0))
    sum_up()
    path = meter.device.get_absolute_url()
    section = as_alice.get(path, {"period": "day"}).context["section"]
    assert section.chart.data["limit"] == 6
    assert section.chart.note.endswith("The hourly maximum is 6\N{NO-BREAK SPACE}kWh.")
    section = as_alice.get(path, {"period": "week"}).context["section"]
    assert section.chart.data["limit"] is None
    assert "maximum" not in section.chart.note


def live_data(page: str) -> dict[str, Any]:
    found = re.search(r'id="live-device-data" type="application/json">(.*?)</script>', page)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_power_of_the_last_hour_has_a_line_a_meter(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    pump = make_sensor(meter.device, "Heat pump", max_power_kw="3")
    store_ago(meter, (30, 100.0), (20, 100.5), (10, 100.7))
    store_ago(pump, (30, 5.0), (20, 5.1))
    page = show(as_alice, meter.device)
    data = live_data(page)
    assert [line["name"] for line in data["series"]] == ["Heat pump", "Main meter"]
    assert [line["sensor"] for line in data["series"]] == [str(pump.uuid), str(meter.uuid)]
    levels = [[round(kw, 2) for _, kw in line["points"]] for line in data["series"]]
    assert levels == [[0.6, 0.6], [3, 3, 1.2, 1.2]]
    assert [line["newest"][1] for line in data["series"]] == [5.1, 100.7]
    assert [line["limit"] for line in data["series"]] == [3, 4]
    assert "limit" not in data
    assert "Lines show half-minute means" not in page  # no peak stands above them
    head = page[page.index("Power of the meters in the last hour, in kW") :]
    assert '<th scope="col" class="number">Heat pump</th>' in head


def test_line_of_the_last_hour_has_its_gaps(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    store_ago(meter, (50, 100.0), (45, 100.1), (25, 100.2), (20, 100.4))
    (line,) = live_data(show(as_alice, meter.device))["series"]
    assert [kw if kw is None else round(kw, 2) for _, kw in line["points"]] == [
        1.2,
        1.2,
        None,
        2.4,
        2.4,
    ]


def test_only_meter_of_a_device_has_its_limit_drawn_and_named(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    store_ago(meter, (20, 100.0), (10, 101.0))
    page = show(as_alice, meter.device)
    data = live_data(page)
    assert data["limit"] == 4
    assert "Limit 4 kW" not in page  # the drawing names it
    assert "Lines show half-minute means" in page
    (mark,) = data["peaks"]
    assert mark["url"] == "/alerts/1/"


def test_of_many_meters_those_with_the_highest_power_have_lines(
    as_alice: Client, flat: Device, store_ago: StoreAgo
) -> None:
    for number in range(9):
        sensor = make_sensor(flat, f"Meter {number}")
        store_ago(sensor, (20, 100.0), (10, 100.0 + number / 100))
    page = show(as_alice, flat)
    lines = [line["name"] for line in live_data(page)["series"]]
    assert lines == [f"Meter {number}" for number in range(3, 9)]
    assert "The 6 meters with the highest power now, of 9." in page


def test_last_hour_of_a_meter_that_sends_each_second_stays_small(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    store_ago(meter, *((59 - second / 60, 100 + second / 3600) for second in range(3500)))
    (line,) = live_data(show(as_alice, meter.device))["series"]
    assert len(line["points"]) <= 2 * 121


def test_peaks_of_other_devices_are_not_listed(
    as_alice: Client, alice: User, meter: Sensor, store_ago: StoreAgo
) -> None:
    store_ago(make_sensor(make_device(alice, "Garage")), (60, 100.0), (50, 101.0))
    assert "No peaks yet" in show(as_alice, meter.device)
    store_ago(meter, (60, 100.0), (50, 101.0))
    page = show(as_alice, meter.device)
    assert '<span class="badge danger">+50%</span>' in page
    assert 'href="/alerts/2/"' in page


def test_meter_without_readings(as_alice: Client, meter: Sensor) -> None:
    page = show(as_alice, meter.device)
    assert "There are no readings from this period." in page
    assert "Weekly pattern" not in page


def test_device_without_meters(as_alice: Client, flat: Device) -> None:
    assert "No meter yet" in show(as_alice, flat)


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
    sum_up()
    with django_assert_max_num_queries(15):
        show(as_alice, device)
