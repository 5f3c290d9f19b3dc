"""``devices/`` and ``devices/<id>/``."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import User
from devices.models import Device, Sensor
from tests.conftest import make_device, make_sensor

URL = "/api/v1/devices/"


def test_device_is_shown_with_its_sensors(api: APIClient, flat: Device, meter: Sensor) -> None:
    shown = api.get(f"{URL}{flat.pk}/").json()
    assert shown.pop("created_at").endswith("Z")
    assert shown == {
        "id": flat.pk,
        "description": "Flat",
        "address": "1 Main Street",
        "owner": "alice@example.com",
        "max_hourly_consumption_kwh": 6.0,
        "sensors": [str(meter.uuid)],
    }
    listed = api.get(URL).json()
    assert listed["next"] is None
    assert [device["id"] for device in listed["results"]] == [flat.pk]


def test_nobodys_list_is_empty(api: APIClient) -> None:
    assert api.get(URL).json() == {"next": None, "results": []}


def test_outsider_sees_neither_list_nor_device(outsider: APIClient, flat: Device) -> None:
    assert outsider.get(URL).json()["results"] == []
    assert outsider.get(f"{URL}{flat.pk}/").status_code == 404


def test_administrator_sees_everybodys(administrators_api: APIClient, flat: Device) -> None:
    assert len(administrators_api.get(URL).json()["results"]) == 1
    assert administrators_api.get(f"{URL}{flat.pk}/").status_code == 200


def test_absent_device_is_not_found(api: APIClient, db: None) -> None:
    for pk in ("0", "99999999999999999999999"):
        answer = api.get(f"{URL}{pk}/")
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_devices_are_only_read(api: APIClient, flat: Device, method: str) -> None:
    for url in (URL, f"{URL}{flat.pk}/"):
        assert getattr(api, method)(url).status_code == 405


def test_number_of_queries_does_not_depend_on_devices(
    api: APIClient, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    api.get(URL)  # notes that the token was used
    make_sensor(make_device(alice))
    with django_assert_num_queries(3):  # token; devices with owners; sensors
        api.get(URL)
    for _ in range(49):
        make_sensor(make_device(alice))
    with django_assert_num_queries(3):
        assert len(api.get(URL).json()["results"]) == 50


def test_anonymous_is_refused(anonymous: Client, flat: Device) -> None:
    for url in (URL, f"{URL}{flat.pk}/"):
        assert anonymous.get(url).status_code == 401
