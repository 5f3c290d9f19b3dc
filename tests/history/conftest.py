"""How the tests of history read it."""

import math
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from numpy.typing import NDArray

from devices.models import Sensor
from monitoring.history.boundaries import GroupBy
from monitoring.history.consumption import Consumption
from monitoring.history.queries import get_consumption
from tests.conftest import NOON

UTC_ZONE = ZoneInfo("UTC")


def hours_around_noon(sensor: Sensor, hours: float, group_by: GroupBy) -> Consumption:
    """From an hour before noon to ``hours`` after it, in UTC."""
    return get_consumption(
        [sensor.pk],
        start=NOON - timedelta(hours=1),
        end=NOON + timedelta(hours=hours),
        group_by=group_by,
        zone=UTC_ZONE,
    )


def known(values: NDArray[Any]) -> list[float | None]:
    """The numbers of a column; None where there is none."""
    return [None if math.isnan(value) else value for value in values.tolist()]
