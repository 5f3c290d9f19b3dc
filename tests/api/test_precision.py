"""No answer has the noise of floating point behind its last decimal."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from devices.models import Sensor
from monitoring.models import Notification, SensorState
from monitoring.notifications.live_power import as_power_message
from monitoring.notifications.outbox import as_message
from tests.conftest import Store, Summed, make_sensor

SPAN = {"start": "2026-03-10T00:00:00Z", "end": "2026-03-11T00:00:00Z"}
DECIMALS = 6


@pytest.fixture
def noisy(meter: Sensor, store: Store, summed: Summed) -> Sensor:
    """A meter of two decimals; what it makes in floating point has sixteen."""
    store(meter, *((3 * minute, 1204.07 + round(minute * 0.203, 2)) for minute in range(30)))
    store(make_sensor(meter.device, "Other"), *((7 * m, round(m * 0.07, 2)) for m in range(20)))
    summed()
    return meter


def numbers(answer: Any) -> Iterator[tuple[str, float]]:
    if isinstance(answer, dict):
        for name, value in answer.items():
            if isinstance(value, float):
                yield name, value
            yield from numbers(value)
    elif isinstance(answer, list):
        for value in answer:
            yield from numbers(value)


def check(answer: Any) -> None:
    found = list(numbers(answer))
    assert found
    for name, value in found:
        assert -int(Decimal(repr(value)).as_tuple().exponent) <= DECIMALS, (name, value)


@pytest.mark.parametrize("address", ["sensors/", "peaks/", "notifications/", "comparison/"])
def test_lists_and_figures(
    api: APIClient, noisy: Sensor, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if address == "comparison/":
        now = SensorState.objects.get(sensor=noisy).measured_at
        monkeypatch.setattr("monitoring.api.comparison.timezone.now", lambda: now)
    check(api.get(f"/api/v1/{address}").json())


@pytest.mark.parametrize("group_by", ["quarter", "hour", "day"])
@pytest.mark.parametrize("is_one", [True, False])
def test_consumption(api: APIClient, noisy: Sensor, group_by: str, is_one: bool) -> None:
    address = f"sensors/{noisy.uuid}/consumption/" if is_one else "consumption/"
    answer = api.get(f"/api/v1/{address}", {**SPAN, "group_by": group_by}).json()
    check(answer)
    total = sum(row["kwh"] or 0 for row in answer["results"])
    assert total == pytest.approx(5.89 + (0 if is_one else 1.33), abs=1e-6)


def test_messages_of_the_socket(noisy: Sensor) -> None:
    check(as_power_message(str(noisy.uuid), SensorState.objects.get(sensor=noisy)))
    check(json.loads(json.dumps(as_message(Notification.objects.all()[0]))))
