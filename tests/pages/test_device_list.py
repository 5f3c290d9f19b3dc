"""The list of devices."""

from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.ingest.states import SensorKeys
from tests.conftest import make_device, make_sensor
from tests.pages.conftest import StoreAgo

DEVICES = "/devices/"


def show(client: Client, path: str = DEVICES) -> str:
    response = client.get(path)
    assert response.status_code == HTTPStatus.OK
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def test_shows_newest_reading_and_power_against_the_limit(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    store_ago(meter, (12, 100.0), (2, 100.5))
    page = show(as_alice)
    assert 'data-field="power">3.00 kW' in page
    assert "100.50 kWh" in page
    assert "2 minutes ago" in page
    assert '<span data-field="percent">75</span>% of the 4 kW limit' in page
    assert 'class="meter-fill" width="75%"' in page
    assert 'class="meter-limit" x1="100%"' in page


def test_says_when_the_power_is_above_the_limit(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    store_ago(meter, (12, 100.0), (2, 101.5))
    page = show(as_alice)
    assert 'data-field="over">Above the limit' in page
    assert '<span data-field="percent">225</span>% of the 4 kW limit' in page
    assert 'class="meter-fill" width="100%"' in page
    assert 'class="meter-limit" x1="44%"' in page


def test_silent_meter_has_no_power_now(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    store_ago(meter, (80, 100.0), (61, 101.0))
    page = show(as_alice)
    assert '<span data-when-silent><span class="badge warning">Silent' in page
    assert "3.16 kW" not in page
    assert "101.00 kWh" in page


def test_deactivated_meter_has_no_power_from_then_on(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    store_ago(meter, (12, 100.0), (2, 101.0))
    Sensor.objects.update(is_active=False)
    page = as_alice.get("/devices/").content.decode()
    assert 'data-field="power">–</strong>' in page
    assert 'data-field="over" hidden' in page
    assert "data-when-inactive><" in page
    assert "data-when-silent hidden" in page


def test_meter_that_was_never_seen(as_alice: Client, meter: Sensor) -> None:
    assert "Never seen" in show(as_alice)
    SensorKeys().find([str(meter.uuid)])  # only unusable readings came
    assert "Never seen" in show(as_alice)


def test_first_reading_says_nothing_of_power(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    store_ago(meter, (2, 100.0))
    assert "power not known yet" in show(as_alice)


def test_inactive_meter_and_device_without_meters(
    as_alice: Client, alice: User, meter: Sensor
) -> None:
    Sensor.objects.update(is_active=False)
    make_device(alice, "Garage")
    page = show(as_alice)
    assert "Inactive" in page
    assert "No meter yet." in page


def test_names_are_escaped(as_alice: Client, alice: User) -> None:
    make_sensor(make_device(alice, "<script>alert(1)</script>"), "<b>")
    page = show(as_alice)
    assert "<script>alert" not in page
    assert "<b>" not in page


def test_without_devices_a_client_reads_who_adds_them(as_alice: Client) -> None:
    assert "energy company will add your devices" in show(as_alice)


def test_without_devices_an_administrator_may_add_one(as_administrator: Client) -> None:
    page = show(as_administrator)
    assert "Add a device" in page


def test_client_sees_no_devices_of_others(as_charlie: Client, meter: Sensor) -> None:
    assert "Flat" not in show(as_charlie)


def test_administrator_sees_all_devices_and_their_owners(
    as_administrator: Client, meter: Sensor
) -> None:
    page = show(as_administrator)
    assert "Flat" in page
    assert "Alice" in page


@pytest.mark.parametrize(
    ("search", "found"),
    [("flat", True), ("MAIN METER", True), ("main street", True), ("100%", False), ("boat", False)],
)
def test_search_looks_at_devices_addresses_and_sensors(
    as_alice: Client, meter: Sensor, search: str, found: bool
) -> None:
    response = as_alice.get(DEVICES, {"q": search})
    assert (len(response.context["cards"]) == 1) is found
    assert "No devices yet" not in response.content.decode()


def test_search_finds_nothing_of_others(as_charlie: Client, meter: Sensor) -> None:
    assert as_charlie.get(DEVICES, {"q": "flat"}).context["cards"] == []


def test_many_devices_are_paged_and_the_search_is_kept(as_alice: Client, alice: User) -> None:
    for number in range(50):
        make_device(alice, f"Flat {number:02}")
    response = as_alice.get(DEVICES, {"q": "flat", "page": "2"})
    assert response.context["cards"][0].device.description == "Flat 24"
    assert "?q=flat&amp;page=3" in response.content.decode()


@pytest.mark.parametrize("page", ["0", "-1", "nonsense", "999", "9" * 30])
def test_page_that_does_not_exist_is_the_first_or_the_last(
    as_alice: Client, flat: Device, page: str
) -> None:
    assert len(as_alice.get(DEVICES, {"page": page}).context["cards"]) == 1


def test_unread_count_stands_in_title_and_navigation(
    as_alice: Client, as_charlie: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    store_ago(meter, (12, 100.0), (2, 101.5))
    page = show(as_alice)
    assert "<title>(1) Devices · Energy</title>" in page
    assert 'unread: </span><span id="unread-count" class="count">1</span>' in page
    assert 'data-after="1"' in page
    page = show(as_charlie)
    assert "<title>Devices · Energy</title>" in page
    assert 'data-after="0"' in page


def test_navigation_says_where_you_are(as_alice: Client, as_administrator: Client) -> None:
    assert '<a href="/devices/" aria-current="page">' in show(as_alice)
    assert 'href="/admin/"' not in show(as_alice)
    assert 'href="/admin/"' in show(as_administrator)


@pytest.mark.django_db
def test_anonymous_is_asked_to_log_in(client: Client) -> None:
    assert client.get(DEVICES).headers["Location"] == f"/accounts/login/?next={DEVICES}"


def test_wrong_method(as_alice: Client) -> None:
    assert as_alice.post(DEVICES).status_code == HTTPStatus.METHOD_NOT_ALLOWED


@pytest.mark.parametrize("devices", [1, 100])
def test_queries_do_not_grow_with_devices(
    as_administrator: Client, alice: User, django_assert_max_num_queries: Any, devices: int
) -> None:
    for number in range(devices):
        device = make_device(alice, f"Flat {number}")
        for name in ("Main meter", "Heat pump"):
            SensorKeys().find([str(make_sensor(device, name).uuid)])
    with django_assert_max_num_queries(8):
        show(as_administrator)
