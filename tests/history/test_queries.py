"""Consumption out of the stored quarter hours."""

from devices.models import Sensor
from monitoring.history.boundaries import GroupBy
from tests.conftest import Store, Summed, make_sensor
from tests.history.conftest import hours_around_noon, known


def test_intervals_are_those_of_the_sensor_alone(
    meter: Sensor, store: Store, summed: Summed
) -> None:
    other = make_sensor(meter.device)
    store(meter, (0, 10.0), (60, 12.0))
    store(other, (0, 500.0), (60, 400.0))
    summed()
    found = hours_around_noon(meter, 2, GroupBy.HOUR)
    assert known(found.kwh) == [None, 2.0, None]
    assert found.coverage.tolist() == [0, 1, 0]
    assert known(found.peak_kw) == [None, 2.0, None]
    assert found.quality.tolist() == [0, 2, 0]
