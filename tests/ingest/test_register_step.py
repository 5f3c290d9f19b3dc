"""A register that counts in steps, read more often than it steps."""

from decimal import Decimal

import pytest

from devices.models import Sensor
from monitoring.models import Exceedance, Peak, SensorState
from tests.conftest import Store

pytestmark = pytest.mark.django_db

#: A register of 1 Wh, read each second for an hour at a steady 1.2 kW: it steps every 3 seconds.
STEADY = [(second / 60, second // 3 / 1000) for second in range(3600)]


@pytest.fixture
def fine(meter: Sensor) -> Sensor:
    """Alice's meter, with a limit of 2 kW."""
    Sensor.objects.update(max_power_kw=2)
    return meter


def set_step(step_kwh: str | None) -> None:
    sensor = Sensor.objects.get()
    sensor.register_step_kwh = step_kwh and Decimal(step_kwh)
    sensor.save()


def test_formula_decides_to_the_letter_where_no_step_is_given(fine: Sensor, store: Store) -> None:
    store(fine, *STEADY)
    assert Peak.objects.count() == 1199
    assert Peak.objects.values_list("power_kw", flat=True)[0] == pytest.approx(3.6)


def test_step_of_a_watt_hour_leaves_none_of_them(fine: Sensor, store: Store) -> None:
    set_step("0.001")
    store(fine, *STEADY)
    assert not Exceedance.objects.exists()


def test_true_peak_is_found_all_the_same(fine: Sensor, store: Store) -> None:
    set_step("0.001")
    store(fine, *STEADY, (60.5, 1.2), (61, 1.25))
    assert Peak.objects.get().power_kw == pytest.approx(6.0)


def test_change_counts_for_readings_from_then_on(fine: Sensor, store: Store) -> None:
    store(fine, (0, 0.0), (1 / 60, 0.001))  # before the meter's step is known: 3.6 kW
    set_step("0.001")
    store(fine, (2 / 60, 0.001), (3 / 60, 0.002))
    assert Peak.objects.filter(superseded_at__isnull=True).count() == 1
    store(fine, (0.5 / 60, 0.0))  # late, and judged by what is set now
    assert not Peak.objects.filter(superseded_at__isnull=True).exists()
    set_step(None)
    store(fine, (4 / 60, 0.003))
    assert Peak.objects.filter(superseded_at__isnull=True).count() == 1


def test_state_follows_the_sensor(fine: Sensor, store: Store) -> None:
    set_step("0.001")
    store(fine, (0, 0.0))
    assert SensorState.objects.get().register_step_kwh == 0.001
    set_step("0.1")
    assert SensorState.objects.get().register_step_kwh == 0.1
    set_step(None)
    assert SensorState.objects.get().register_step_kwh == 0
