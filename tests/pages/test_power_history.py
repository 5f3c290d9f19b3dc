"""The power that the database puts together from readings."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.models import Sensor
from monitoring.models import Reading
from monitoring.pages.power_history import LONGEST_INTERVAL, get_power_stretches
from monitoring.pages.power_series import Stretch
from monitoring.rules.instants import to_us
from monitoring.rules.power import Sample, mean_power_kw
from tests.conftest import NOON, Store

pytestmark = pytest.mark.django_db

DAY = timedelta(hours=24)


def get_stretches(sensor: Sensor) -> list[Stretch]:
    return get_power_stretches(sensor_ids=[sensor.pk], start=NOON, end=NOON + DAY)[sensor.pk]


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def test_sparse_readings_are_a_stretch_each(meter: Sensor, store: Store) -> None:
    store(meter, (0, 1.0), (10, 1.5), (20, 2.5))
    assert get_stretches(meter) == [Stretch(at(0), at(10), 3, 3), Stretch(at(10), at(20), 6, 6)]


def test_dense_readings_are_joined_and_keep_the_highest(meter: Sensor, store: Store) -> None:
    store(meter, (0, 0.0), (1, 0.1), (2, 0.4), (3, 0.4), (6, 0.4))
    (stretch,) = get_stretches(meter)
    assert (stretch.started_at, stretch.ended_at) == (at(0), at(6))
    assert stretch.mean_kw == pytest.approx(4.0)
    assert stretch.highest_kw == pytest.approx(18.0)


def test_falling_register_leaves_a_gap(meter: Sensor, store: Store) -> None:
    store(meter, (0, 9.0), (1, 9.1), (2, 0.0), (3, 0.1))
    assert [(s.started_at, s.ended_at) for s in get_stretches(meter)] == [
        (at(0), at(1)),
        (at(2), at(3)),
    ]


def test_readings_far_apart_leave_a_gap(meter: Sensor, store: Store) -> None:
    store(meter, (0, 0.0), (15, 1.0), (30.1, 2.0))
    assert [s.ended_at for s in get_stretches(meter)] == [at(15)]


def test_readings_outside_the_span_do_not_count(meter: Sensor, store: Store) -> None:
    store(meter, (-1, 0.0), (0, 1.0), (24 * 60 - 1, 5.0), (24 * 60, 6.0))
    assert get_stretches(meter) == []


def test_sensors_do_not_mix(flat: object, meter: Sensor, store: Store) -> None:
    other = Sensor.objects.create(device=meter.device, description="Other", max_power_kw=4)
    store(meter, (0, 0.0), (6, 0.1))
    store(other, (3, 7.0), (9, 7.2))
    found = get_power_stretches(sensor_ids=[meter.pk, other.pk], start=NOON, end=NOON + DAY)
    assert found[meter.pk][0].mean_kw == pytest.approx(1.0)
    assert found[other.pk][0].mean_kw == pytest.approx(2.0)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(st.integers(300, 3000), st.floats(0, 1000)),
        min_size=2,
        max_size=12,
    )
)
def test_power_is_that_of_the_rule(meter: Sensor, steps: list[tuple[int, float]]) -> None:
    Reading.objects.all().delete()
    samples, second = [], 0
    for seconds, energy_kwh in steps:
        second += seconds
        samples.append(Sample(to_us(NOON + timedelta(seconds=second)), energy_kwh))
        Reading.objects.create(
            sensor=meter, measured_at=NOON + timedelta(seconds=second), energy_kwh=energy_kwh
        )
    powers = [
        mean_power_kw(start, end)
        for start, end in pairwise(samples)
        if timedelta(microseconds=end.at_us - start.at_us) <= LONGEST_INTERVAL
    ]
    found = [stretch.highest_kw for stretch in get_stretches(meter)]
    assert found == pytest.approx([power for power in powers if power is not None])
