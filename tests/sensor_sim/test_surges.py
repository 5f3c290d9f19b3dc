"""Extra loads at given times."""

from datetime import UTC, datetime, timedelta

import pytest

from sensor_sim.surges import Surge, SurgeLoad

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
#: Given in any order.
LOAD = SurgeLoad([Surge(NOON + 3 * HOUR, NOON + 5 * HOUR, 4.0), Surge(NOON, NOON + HOUR, 2.0)])


@pytest.mark.parametrize(
    ("hours", "energy_kwh", "power_kw"),
    [
        (-100, 0, 0),
        (0, 0, 2),
        (0.25, 0.5, 2),
        (1, 2, 0),
        (2.9, 2, 0),
        (3, 2, 4),
        (4.5, 8, 4),
        (5, 10, 0),
        (100, 10, 0),
    ],
)
def test_energy_and_power(hours: float, energy_kwh: float, power_kw: float) -> None:
    at = NOON + hours * HOUR
    assert LOAD.energy_kwh_at(at) == pytest.approx(energy_kwh)
    assert LOAD.power_kw_at(at) == power_kw


def test_no_surges_are_no_load() -> None:
    assert SurgeLoad([]).energy_kwh_at(NOON) == 0
    assert SurgeLoad([]).power_kw_at(NOON) == 0


def test_surges_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        SurgeLoad([Surge(NOON, NOON + HOUR, 1.0), Surge(NOON + HOUR / 2, NOON + 2 * HOUR, 1.0)])
