"""``sensors/`` and ``sensors/{uuid}/``."""

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.ingest.states import SensorKeys
from tests.conftest import Store, make_device, make_sensor

URL = "/api/v1/sensors/"


def test_sensor_is_shown_with_its_newest_reading(
    api: APIClient, meter: Sensor, store: Store
) -> None:
    store(meter, (0, 10.0), (30, 11.0))
    expected = {
        "id": str(meter.uuid),
        "description": "Main meter",
        "device_id": meter.device_id,
        "device": "Flat",
        "max_power_kw": 4.0,
        "register_step_kwh": None,
        "is_active": True,
        "state": {
            "measured_at": "2026-03-10T12:30:00Z",
            "energy_kwh": 11.0,
            "power_kw": 2.0,
            "received_at": "2026-03-10T12:00:00Z",
        },
    }
    assert api.get(f"{URL}{meter.uuid}/").json() == expected
    assert api.get(URL).json() == {"next": None, "results": [expected]}


def test_sensor_tells_the_step_of_its_register(api: APIClient, meter: Sensor) -> None:
    Sensor.objects.update(register_step_kwh="0.001")
    assert api.get(f"{URL}{meter.uuid}/").json()["register_step_kwh"] == 0.001


def test_inactive_sensor_has_no_power(api: APIClient, meter: Sensor, store: Store) -> None:
    store(meter, (0, 10.0), (30, 13.0))
    Sensor.objects.update(is_active=False)
    shown = api.get(f"{URL}{meter.uuid}/").json()
    assert (shown["is_active"], shown["state"]["power_kw"]) == (False, None)
    assert shown["state"]["energy_kwh"] == 13.0


def test_sensor_before_its_first_reading_has_no_state(api: APIClient, meter: Sensor) -> None:
    assert api.get(f"{URL}{meter.uuid}/").json()["state"] is None
    SensorKeys().find([str(meter.uuid)])
    assert api.get(URL).json()["results"][0]["state"] is None


def test_id_may_be_written_in_any_case(api: APIClient, meter: Sensor) -> None:
    assert api.get(f"{URL}{str(meter.uuid).upper()}/").status_code == 200


@pytest.mark.parametrize("wrong", ["00000000-0000-4000-8000-000000000000", "7", "nonsense", "%00"])
def test_absent_sensor_is_not_found(api: APIClient, meter: Sensor, wrong: str) -> None:
    for path in ("", "readings/"):
        answer = api.get(f"{URL}{wrong}/{path}")
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")


def test_outsider_sees_neither_list_nor_sensor(outsider: APIClient, meter: Sensor) -> None:
    assert outsider.get(URL).json()["results"] == []
    assert outsider.get(f"{URL}{meter.uuid}/").status_code == 404


def test_administrator_sees_everybodys(administrators_api: APIClient, meter: Sensor) -> None:
    assert len(administrators_api.get(URL).json()["results"]) == 1
    assert administrators_api.get(f"{URL}{meter.uuid}/").status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_sensors_are_only_read(api: APIClient, meter: Sensor, method: str) -> None:
    for url in (URL, f"{URL}{meter.uuid}/"):
        assert getattr(api, method)(url).status_code == 405


def test_number_of_queries_does_not_depend_on_sensors(
    api: APIClient,
    alice: User,
    flat: Device,
    store: Store,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    api.get(URL)  # notes that the token was used
    store(make_sensor(flat), (0, 1.0))
    with django_assert_num_queries(2):  # token; sensors with devices and states
        api.get(URL)
    for _ in range(49):
        store(make_sensor(make_device(alice)), (0, 1.0))
    with django_assert_num_queries(2):
        assert len(api.get(URL).json()["results"]) == 50
