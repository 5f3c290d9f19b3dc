"""The demo's meters while it runs: they go on from the past, with peaks soon and then rarely."""

from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from energy.demo.household import CLIENTS, DemoClient, all_meters
from energy.demo.live import INTERVAL, _list_times, make_live_meters
from energy.demo.past import get_newest
from energy.demo.seed import seed_demo
from sensor_sim.meter import Meter
from tests.conftest import NOON

HOUR = timedelta(hours=1)
#: Not a whole multiple of the meters' interval.
NOW = NOON + timedelta(seconds=2.5)


def list_peaks(client: DemoClient, meters: list[Meter], *, until: datetime) -> list[datetime]:
    """When the client's meters begin to exceed their limits, by the platform's own formula."""
    begun = []
    for (owner, _, spec, _), meter in zip(all_meters(), meters, strict=True):
        readings = meter.readings(NOW, until=until) if owner == client else ()
        was_above = False
        for before, after in pairwise(readings):
            power_kw = (after.register_kwh - before.register_kwh) / (INTERVAL / HOUR)
            is_above = power_kw > spec.max_power_kw
            if is_above and not was_above:
                begun.append(after.measured_at)
            was_above = is_above
    return sorted(begun)


@pytest.mark.django_db
def test_each_client_sees_a_peak_within_40_s_one_after_3_min_and_then_rarely() -> None:
    seed_demo(now=NOON, history=timedelta(hours=2))
    meters = make_live_meters(now=NOW)
    for client in CLIENTS:
        peaks = list_peaks(client, meters, until=NOW + 2 * HOUR)
        first, second, *later = peaks
        assert 20 <= (first - NOW).total_seconds() <= 40
        assert 170 <= (second - first).total_seconds() <= 190
        assert 3 <= len(later) <= 8
        for before, after in pairwise([second, *later]):
            assert 14 <= (after - before).total_seconds() / 60 <= 31


@pytest.mark.django_db
def test_registers_go_on_from_the_newest_readings() -> None:
    seed_demo(now=NOON, history=timedelta(hours=2))
    for (_, _, spec, uuid), meter in zip(all_meters(), make_live_meters(now=NOW), strict=True):
        newest = get_newest(uuid)
        assert newest is not None
        upcoming = next(meter.readings(NOW))
        since = upcoming.measured_at - newest.measured_at
        rise_kwh = upcoming.register_kwh - newest.register_kwh
        assert 0 <= rise_kwh <= float(spec.max_power_kw) * (since / HOUR)


def test_peaks_are_planned_for_weeks() -> None:
    times = list(_list_times(NOON, Random(1)))
    assert times[-1] - times[0] > timedelta(days=29)
    gaps_min = [(after - before) / timedelta(minutes=1) for before, after in pairwise(times)]
    assert gaps_min[0] == 3
    assert 15 <= min(gaps_min[1:]) <= max(gaps_min) <= 30
