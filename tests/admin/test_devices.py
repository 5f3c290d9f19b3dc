"""Devices in the admin."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from devices.models import Device, Sensor
from tests.conftest import Store

ADD = "/admin/devices/device/add/"
LIST = "/admin/devices/device/"
UUID = "5c2494a3-1140-4c7a-991a-a1a2561c6bc2"


def sensors_form(*rows: dict[str, str], initial: int = 0) -> dict[str, str]:
    form = {"sensors-TOTAL_FORMS": str(len(rows)), "sensors-INITIAL_FORMS": str(initial)}
    for index, row in enumerate(rows):
        form |= {f"sensors-{index}-{name}": value for name, value in row.items()}
    return form


def test_device_is_added_with_its_sensor(as_administrator: Client, alice: User) -> None:
    form = {"owner": str(alice.pk), "description": "Flat", "max_hourly_consumption_kwh": "6"}
    row = {"uuid": UUID, "description": "Meter", "max_power_kw": "4", "is_active": "on"}
    answer = as_administrator.post(ADD, {**form, **sensors_form(row)})
    assert answer.status_code == 302, answer.context["errors"]
    sensor = Sensor.objects.get(uuid=UUID)
    assert (sensor.device.owner, sensor.max_power_kw) == (alice, Decimal(4))


@pytest.mark.parametrize("limit", ["0", "-1", "NaN", ""])
def test_limits_must_be_positive(as_administrator: Client, alice: User, limit: str) -> None:
    form = {"owner": str(alice.pk), "description": "Flat", "max_hourly_consumption_kwh": limit}
    assert as_administrator.post(ADD, {**form, **sensors_form()}).status_code == 200
    assert not Device.objects.exists()


def test_id_of_a_sensor_never_changes(
    as_administrator: Client, alice: User, flat: Device, meter: Sensor
) -> None:
    form = {"owner": str(alice.pk), "description": "Flat", "max_hourly_consumption_kwh": "6"}
    row = {
        "id": str(meter.pk),
        "device": str(flat.pk),
        "uuid": UUID,
        "description": "Renamed",
        "max_power_kw": "4",
    }
    url = reverse("admin:devices_device_change", args=[flat.pk])
    as_administrator.post(url, {**form, **sensors_form(row, initial=1)})
    known = meter.uuid
    meter.refresh_from_db()
    assert (meter.uuid, meter.description) == (known, "Renamed")


@pytest.mark.parametrize("words", ["Flat", "Main Street", "alice@example", "Alice"])
def test_devices_are_found(as_administrator: Client, meter: Sensor, words: str) -> None:
    (device,) = as_administrator.get(LIST, {"q": words}).context["cl"].result_list
    assert (device, device.sensor_count) == (meter.device, 1)


def test_owner_is_completed_from_what_is_typed(as_administrator: Client, alice: User) -> None:
    field = {"app_label": "devices", "model_name": "device", "field_name": "owner"}
    answer = as_administrator.get("/admin/autocomplete/", {**field, "term": "ali"})
    assert [found["text"] for found in answer.json()["results"]] == ["alice@example.com"]


def test_device_is_deleted_only_without_sensors(as_administrator: Client, meter: Sensor) -> None:
    page = reverse("admin:devices_device_change", args=[meter.device_id])
    delete = reverse("admin:devices_device_delete", args=[meter.device_id])
    assert delete not in as_administrator.get(page).text
    assert as_administrator.post(delete, {"post": "yes"}).status_code == 403
    assert "delete_selected" not in as_administrator.get(LIST).text
    meter.delete()
    assert delete in as_administrator.get(page).text
    assert as_administrator.post(delete, {"post": "yes"}).status_code == 302
    assert not Device.objects.exists()


def test_device_shows_its_meters_and_leads_to_them_and_to_the_owner(
    as_administrator: Client, alice: User, meter: Sensor, store: Store
) -> None:
    store(meter, (0, 10.0), (30, 11.5))
    page = as_administrator.get(reverse("admin:devices_device_change", args=[meter.device_id]))
    text = page.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "3.00 kW" in text
    assert "10 Mar 2026, 12:30" in text
    assert f"/admin/devices/sensor/{meter.pk}/change/" in text
    owner = f'<a href="/admin/accounts/user/{alice.pk}/change/">alice@example.com</a>'
    assert owner in text
    assert owner in as_administrator.get(LIST).text
