"""How the tests of history read it."""

import math
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from devices.models import Sensor
from monitoring.history.boundaries import GroupBy
from monitoring.history.consumption import Consumption
from monitoring.history.queries import get_consumption
from monitoring.history.summing import sum_intervals
from tests.conftest import NOON

UTC_ZONE = ZoneInfo("UTC")
MAX_GAP = timedelta(hours=1)

Read = Callable[..., Consumption]


@pytest.fixture
def summed(db: None) -> Callable[[], None]:
    """``summed()``: the worker has summed what is stored."""

    def sum_all() -> None:
        assert sum_intervals(max_gap=MAX_GAP)

    return sum_all


def hours_around_noon(sensor: Sensor, hours: float, group_by: GroupBy) -> Consumption:
    """From an hour before noon to ``hours`` after it, in UTC."""
    return get_consumption(
        [sensor.pk],
        start=NOON - timedelta(hours=1),
        end=NOON + timedelta(hours=hours),
        group_by=group_by,
        zone=UTC_ZONE,
    )


def known(values: object) -> list[float | None]:
    """Numbers of a column, None where it has NaN."""
    return [None if math.isnan(value) else value for value in values.tolist()]  # type: ignore[attr-defined]
