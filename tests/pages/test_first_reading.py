"""A sensor that was never heard of shows its owner, and administrators, how to send a reading."""

import re

import pytest
from django.test import Client

from devices.models import Sensor
from monitoring.models import SensorState
from tests.conftest import Store

WAITING = "Waiting for the first reading…"
#: One that the site's policy would block: neither a file nor data.
INLINE_SCRIPT = re.compile(r"<script(?![^>]*(src=|/json))")


def paths_of(sensor: Sensor) -> tuple[str, str]:
    return f"/sensors/{sensor.uuid}/", f"/admin/devices/sensor/{sensor.pk}/change/"


def test_new_sensor_shows_programs_with_its_id(
    as_alice: Client, as_administrator: Client, meter: Sensor
) -> None:
    path, admin_path = paths_of(meter)
    for page in (as_alice.get(path), as_administrator.get(admin_path)):
        text = page.content.decode()
        assert WAITING in text
        assert f"-d &quot;[$(date +%s), \\&quot;{meter.uuid}\\&quot;, 0.0]&quot;" in text
        assert "http://testserver/api/v1/readings/" in text
        assert not INLINE_SCRIPT.search(text)


def test_simulator_and_quarantine_are_for_administrators(
    as_alice: Client, as_administrator: Client, meter: Sensor
) -> None:
    path, admin_path = paths_of(meter)
    for_staff = ("sensor_sim", f"/admin/monitoring/quarantinedreading/?q={meter.uuid}")
    mine, theirs = as_alice.get(path), as_administrator.get(admin_path)
    for text in for_staff:
        assert text not in mine.content.decode()
        assert text in theirs.content.decode()


def test_sensor_with_a_reading_shows_none(
    as_alice: Client, as_administrator: Client, meter: Sensor, store: Store
) -> None:
    store(meter, (0, 0.0))
    path, admin_path = paths_of(meter)
    assert WAITING not in as_alice.get(path).content.decode()
    assert WAITING not in as_administrator.get(admin_path).content.decode()


def test_sensor_that_was_only_locked_still_waits(
    as_administrator: Client, as_alice: Client, meter: Sensor
) -> None:
    SensorState.objects.create(sensor=meter, is_active=True, max_power_kw=4)
    path, admin_path = paths_of(meter)
    assert WAITING in as_alice.get(path).content.decode()
    assert WAITING in as_administrator.get(admin_path).content.decode()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_addresses_are_those_by_which_the_site_was_reached(
    as_alice: Client, meter: Sensor, scheme: str
) -> None:
    page = as_alice.get("/accounts/profile/", secure=scheme == "https").content.decode()
    assert f"{scheme}://testserver/api/v1/sensors/" in page
    assert f"{'wss' if scheme == 'https' else 'ws'}://testserver/ws/notifications/?after=0" in page


def test_sensor_that_is_being_added_shows_none(as_administrator: Client) -> None:
    assert WAITING not in as_administrator.get("/admin/devices/sensor/add/").content.decode()
