"""The page to explore, and the data of a range."""

import json
import re
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.history.summing import sum_intervals
from monitoring.pages import explore_peaks
from tests.conftest import NOON, Store, make_sensor
from tests.pages.conftest import StoreAgo

HOUR = timedelta(hours=1)
#: The day of NOON.
DAY = "?start=2026-03-10T00:00Z&end=2026-03-11T00:00Z"


@pytest.fixture
def path(meter: Sensor) -> str:
    return f"/sensors/{meter.uuid}/explore/"


@pytest.fixture
def device_path(flat: Device) -> str:
    return f"/devices/{flat.pk}/explore/"


def show(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == HTTPStatus.OK
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def read_island(page: str) -> dict[str, Any]:
    found = re.search(r'<script id="explore-chart-data"[^>]*>(.*?)</script>', page)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def sum_up() -> None:
    assert sum_intervals(max_gap=settings.HISTORY_MAX_GAP, now=NOON)


def test_range_is_drawn_named_and_tabulated(
    as_alice: Client, meter: Sensor, path: str, store: Store
) -> None:
    store(meter, (0, 100.0), (10, 100.5), (20, 101.5), (30, 101.7))
    page = show(as_alice, path + DAY)
    data = read_island(page)
    assert data["start"] == NOON.timestamp() * 1000 - 12 * 3_600_000
    highest, mean = data["series"]
    assert [value for _, value in mean["points"]] == [3.0, 6.0, 1.2, 1.2]
    assert highest["points"] == mean["points"]
    assert (data["limit"], data["limit_label"]) == (4.0, "Limit")
    assert [peak["power_kw"] for peak in data["peaks"]] == [6.0]
    assert '<h2 id="explore-title" aria-live="polite">10 Mar 2026</h2>' in page
    assert "<dd>1.70 kWh</dd>" in page
    assert '<th scope="row">10 Mar 2026, 12:10:00</th><td class="number">6.00</td>' in page


def test_data_are_those_of_the_page(
    as_alice: Client, meter: Sensor, path: str, store: Store
) -> None:
    store(meter, (0, 100.0), (10, 100.5), (20, 101.5))
    answer = as_alice.get(f"{path}data/{DAY}")
    assert answer.headers["Content-Type"] == "application/json"
    found = answer.json()
    page = show(as_alice, path + DAY)
    assert {**found["data"], "to": 0} == {**read_island(page), "to": 0}
    assert "6.00" in found["html"]
    assert f'action="{path}"' in found["html"]
    assert found["title"] == "Power of Main meter, 10 Mar 2026, in kW"


@pytest.mark.parametrize("of", ["sensor", "device"])
def test_years_are_answered_in_few_points(
    as_alice: Client, meter: Sensor, path: str, device_path: str, store: Store, of: str
) -> None:
    make_sensor(meter.device, "Heat pump")
    store(meter, *((1440.0 * day, 50_000.0 + 24 * day) for day in range(-900, 1, 3)))
    sum_up()
    where = path if of == "sensor" else device_path
    for start in ("2024-06-01", "2025-06-01", "2026-02-15", "2026-03-05", "2026-03-10"):
        answer = as_alice.get(f"{where}data/?start={start}T00:00Z&end=2026-03-11T00:00Z")
        series = answer.json()["data"]["series"]
        assert sum(len(one["points"]) for one in series) <= 2010
        assert all(value == pytest.approx(1.0, abs=0.2) for _, value in series[-1]["points"][2:-2])


def test_device_of_several_sensors_is_their_sum_under_its_maximum(
    as_alice: Client, meter: Sensor, device_path: str, store: Store
) -> None:
    other = make_sensor(meter.device, "Heat pump")
    store(meter, (0, 100.0), (60, 101.0), (120, 102.0))
    store(other, (0, 50.0), (60, 52.0), (120, 54.0))
    sum_up()
    page = show(as_alice, device_path + DAY)
    data = read_island(page)
    (mean,) = data["series"]  # of several sensors nobody knows the highest power
    assert {value for _, value in mean["points"]} == {3.0}
    assert (data["limit"], data["limit_label"]) == (6.0, "Maximum")
    assert "Highest (kW)" not in page
    assert "limit" not in read_island(
        show(as_alice, device_path + "?start=2025-03-01T00:00Z&end=2026-03-11T00:00Z")
    )


def test_device_of_one_sensor_shows_its_readings(
    as_alice: Client, meter: Sensor, device_path: str, store: Store
) -> None:
    store(meter, (0, 100.0), (10, 100.5))
    assert read_island(show(as_alice, device_path + DAY))["limit"] == 4.0


def test_local_times_of_the_form_become_the_address_for_all(
    as_alice: Client, alice: User, meter: Sensor, path: str
) -> None:
    User.objects.update(time_zone="Europe/Bucharest")
    given = f"{path}?start=2026-03-29T00%3A00&end=2026-03-30T00%3A00"
    answer = as_alice.get(given)
    assert answer.headers["Location"] == f"{path}?start=2026-03-28T22:00Z&end=2026-03-29T21:00Z"
    page = show(as_alice, answer.headers["Location"])
    assert ">29 Mar 2026</h2>" in page  # of 23 hours, and whole all the same
    assert 'value="2026-03-29T00:00"' in page


def test_without_an_address_it_is_the_last_24_hours(
    as_alice: Client, meter: Sensor, path: str, store_ago: StoreAgo, now: datetime
) -> None:
    store_ago(meter, (30, 100.0), (20, 100.5))
    data = read_island(show(as_alice, path))
    assert data["end"] - data["start"] == 24 * 3_600_000
    assert abs(data["end"] / 1000 - now.timestamp()) < 120


def test_without_readings_it_says_so(as_alice: Client, path: str, meter: Sensor) -> None:
    page = show(as_alice, path)
    assert "There are no readings from this period." in page
    assert [one["points"] for one in read_island(page)["series"]] == [[]]


def test_meter_that_reports_once_a_day_is_shown_however_near(
    as_alice: Client, meter: Sensor, path: str, store: Store
) -> None:
    store(meter, (-1440, 100.0), (0, 148.0), (1440, 172.0))
    sum_up()
    page = show(as_alice, path + "?start=2026-03-10T06:00Z&end=2026-03-10T07:00Z")
    assert {value for _, value in read_island(page)["series"][-1]["points"]} == {2.0}
    assert "Each step is the mean of a quarter hour." in page
    assert "Partly estimated: readings are far apart." in page


def test_device_without_meters(as_alice: Client, device_path: str) -> None:
    assert "No meter yet" in show(as_alice, device_path)


def test_one_can_pan_from_the_first_day_to_now(
    as_alice: Client, meter: Sensor, path: str, store: Store, now: datetime
) -> None:
    store(meter, (0, 100.0), (10, 100.5))
    sum_up()
    data = read_island(show(as_alice, path))
    assert data["from"] == (NOON - 12 * HOUR).timestamp() * 1000
    assert abs(data["to"] / 1000 - now.timestamp()) < 120


def test_the_highest_peaks_are_marked(
    as_alice: Client,
    meter: Sensor,
    path: str,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    energy_kwh, readings = 100.0, [(0.0, 100.0)]
    for number in range(6):
        energy_kwh += 1 + number / 10  # 6 kW and more in ten minutes, then nothing
        readings += [(20.0 * number + 10, energy_kwh), (20.0 * number + 20, energy_kwh)]
    store(meter, *readings)
    assert len(read_island(show(as_alice, path + DAY))["peaks"]) == 6
    monkeypatch.setattr(explore_peaks, "MOST_MARKED", 2)
    page = show(as_alice, path + DAY)
    assert [peak["power_kw"] for peak in read_island(page)["peaks"]] == pytest.approx([8.4, 9.0])
    assert "Not all peaks are marked: zoom in to see the others." in page
    monkeypatch.setattr(explore_peaks, "MOST_MARKED", 50)
    monkeypatch.setattr(explore_peaks, "MOST_LOOKED_AT", 3)
    page = show(as_alice, path + DAY)
    assert "Peaks marked" in page
    late = "?start=2026-03-10T13:00Z&end=2026-03-10T15:00Z"
    assert len(read_island(show(as_alice, path + late))["peaks"]) == 3
    early = "?start=2026-03-10T06:00Z&end=2026-03-10T09:00Z"
    assert read_island(show(as_alice, path + early))["peaks"] == []


def test_pages_of_sensor_and_device_lead_here(
    as_alice: Client, meter: Sensor, path: str, device_path: str, store_ago: StoreAgo
) -> None:
    store_ago(meter, (30, 100.0), (20, 100.5))
    sum_up()
    assert f'href="{path}"' in show(as_alice, f"/sensors/{meter.uuid}/")
    page = show(as_alice, f"/devices/{meter.device.pk}/")
    assert f'href="{device_path}"' in page
    assert re.search(rf'href="{device_path}\?start=[^"]*Z&amp;end=[^"]*Z"', page)


@pytest.mark.parametrize("end", ["", "data/"])
def test_others(
    client: Client,
    as_charlie: Client,
    as_administrator: Client,
    meter: Sensor,
    path: str,
    device_path: str,
    end: str,
) -> None:
    for where in (path + end, device_path + end):
        assert client.get(where).headers["Location"] == f"/accounts/login/?next={where}"
        assert as_charlie.get(where).status_code == HTTPStatus.NOT_FOUND
        assert as_administrator.get(where).status_code == HTTPStatus.OK
        assert as_administrator.post(where).status_code == HTTPStatus.METHOD_NOT_ALLOWED


@pytest.mark.parametrize("end", ["", "data/"])
def test_few_queries(
    as_alice: Client,
    meter: Sensor,
    path: str,
    device_path: str,
    store: Store,
    django_assert_max_num_queries: Any,
    end: str,
) -> None:
    store(meter, (0, 100.0), (10, 101.5), (20, 102))
    sum_up()
    with django_assert_max_num_queries(12):
        show(as_alice, path + end + DAY)
    for _ in range(5):
        make_sensor(meter.device)
    with django_assert_max_num_queries(12):
        show(as_alice, device_path + end + DAY)
