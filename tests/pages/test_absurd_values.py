"""Pages, API and admin survive registers that were stored before the rule bounded them."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client

from devices.models import Sensor
from monitoring.models import SensorState
from monitoring.pages.power_history import get_power_stretches
from tests.conftest import Summed, make_sensor
from tests.pages.conftest import StoreAgo

LARGEST = 1.79e308
HOUR = timedelta(hours=1)


@pytest.fixture
def absurd(meter: Sensor, store_ago: StoreAgo, summed: Summed) -> Sensor:
    """A sensor whose register rose to the largest float, twice, beside another such one."""
    other = make_sensor(meter.device, "Other meter")
    for sensor in (meter, other):
        store_ago(sensor, (59, 1.0), (45, LARGEST), (30, 0.0), (10, 1.0), (5, LARGEST))
    summed()
    # As older versions have stored them.
    SensorState.objects.update(power_kw=LARGEST)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE monitoring_peak SET power_kw = %s", [LARGEST])
        cursor.execute("UPDATE monitoring_exceedance SET power_kw = %s", [LARGEST])
        cursor.execute("UPDATE monitoring_intervalday SET kwh = %s, peak_kw = %s", [LARGEST] * 2)
    return meter


def addresses(sensor: Sensor) -> list[str]:
    device = sensor.device_id
    week = "?start=2026-01-01T00:00:00Z&end=2027-01-01T00:00:00Z&group_by=month"
    return [
        "/",
        "/devices/",
        f"/devices/{device}/",
        f"/devices/{device}/explore/",
        f"/sensors/{sensor.uuid}/",
        f"/sensors/{sensor.uuid}/explore/",
        "/alerts/",
        "/alerts/1/",
        "/goal/",
        "/forecast/",
        "/api/v1/devices/",
        f"/api/v1/devices/{device}/",
        f"/api/v1/sensors/{sensor.uuid}/",
        f"/api/v1/sensors/{sensor.uuid}/readings/",
        f"/api/v1/sensors/{sensor.uuid}/consumption/{week}",
        f"/api/v1/consumption/{week}",
        "/api/v1/peaks/",
        "/api/v1/notifications/",
        "/api/v1/forecast/",
        "/api/v1/goal/",
        "/api/v1/comparison/",
    ]


def test_clients_pages_and_api_answer(as_alice: Client, absurd: Sensor) -> None:
    for address in addresses(absurd):
        answer = as_alice.get(address)
        assert answer.status_code == 200, address
        assert "Infinity" not in answer.text, address
    assert "&gt;\N{NO-BREAK SPACE}1,000,000,000,000" in as_alice.get("/devices/").text


def test_administrators_pages_answer(as_administrator: Client, absurd: Sensor) -> None:
    for model in ("peak", "exceedance", "registerfall"):
        address = f"/admin/monitoring/{model}/"
        page = as_administrator.get(address)
        assert page.status_code == 200, address
        entry = page.context["cl"].result_list[0].pk
        assert as_administrator.get(f"{address}{entry}/change/").status_code == 200, address
    for address in (
        "/admin/",
        "/admin/devices/sensor/",
        f"/admin/devices/sensor/{absurd.pk}/change/",
        "/admin/devices/device/",
        f"/admin/devices/device/{absurd.device_id}/change/",
        *addresses(absurd)[1:6],
    ):
        assert as_administrator.get(address).status_code == 200, address


def test_such_a_rise_is_a_gap(absurd: Sensor, now: datetime) -> None:
    stretches = get_power_stretches(
        sensor_ids=[absurd.pk], start=now - HOUR, end=now, longest_interval=HOUR
    )
    assert sum(each.energy_kwh for each in stretches[absurd.pk]) == 1.0
