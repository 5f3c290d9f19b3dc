"""Whose figures somebody may see."""

import uuid

import pytest

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.figures.scope import UnknownScope, get_scope
from tests.conftest import make_device, make_sensor


def test_client_is_all_own_sensors_under_the_sum_of_the_devices(
    alice: User, charlie: User, meter: Sensor
) -> None:
    pump = make_sensor(meter.device, "Heat pump", "9")
    garage = make_sensor(make_device(alice, "Garage"))
    make_device(alice, "Shed")
    make_sensor(make_device(charlie))
    scope = get_scope(user=alice)
    assert set(scope.sensor_ids) == {meter.pk, pump.pk, garage.pk}
    # The flat may use 6 kWh in an hour. So may the garage, but its sensor no more than 4 kW.
    assert scope.limit_kw == 10


def test_device_and_sensor_have_limits_of_their_own(alice: User, meter: Sensor) -> None:
    pump = make_sensor(meter.device, "Heat pump", "9")
    device = get_scope(user=alice, device_id=meter.device_id)
    assert (set(device.sensor_ids), device.limit_kw) == ({meter.pk, pump.pk}, 6)
    garage = make_sensor(make_device(alice, "Garage"))
    assert get_scope(user=alice, device_id=garage.device_id).limit_kw == 4
    sensor = get_scope(user=alice, sensor_uuid=pump.uuid)
    assert (sensor.sensor_ids, sensor.limit_kw) == ([pump.pk], 9)


def test_others_things_are_as_unknown_as_none(charlie: User, meter: Sensor) -> None:
    for asked in (
        {"device_id": meter.device_id},
        {"device_id": 999_999},
        {"sensor_uuid": meter.uuid},
        {"sensor_uuid": uuid.uuid4()},
    ):
        with pytest.raises(UnknownScope):
            get_scope(user=charlie, **asked)


def test_sensor_of_another_device_is_unknown(alice: User, meter: Sensor) -> None:
    garage = make_sensor(make_device(alice, "Garage"))
    with pytest.raises(UnknownScope):
        get_scope(user=alice, device_id=garage.device_id, sensor_uuid=meter.uuid)


def test_administrator_names_one_or_has_only_their_own(administrator: User, meter: Sensor) -> None:
    assert get_scope(user=administrator).sensors == []
    assert get_scope(user=administrator).limit_kw is None
    assert get_scope(user=administrator, device_id=meter.device_id).sensor_ids == [meter.pk]


def test_client_without_devices_has_nothing(charlie: User, flat: Device) -> None:
    assert get_scope(user=charlie).sensors == []
