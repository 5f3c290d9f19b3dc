"""The peaks that the client has had: intervals between readings that are there. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from bench.history.household import register_kwh, times_us
from bench.history.plan import FleetPlan
from bench.messages import INTERVAL_US
from monitoring.rules.power import Sample, mean_power_kw

PEAKS = 500
#: The newest so many notifications are unread, and twice as many are not acknowledged.
UNREAD = 40
UNACKNOWLEDGED = 2 * UNREAD
#: Shares no factor with the number of sensors, so that each has its share.
_STRIDE = 37
#: The limit was lower then.
_LIMIT_SHARE = 0.8


class PastPeak(NamedTuple):
    """A sensor (a number), the interval in UTC microseconds, its mean power and the limit in kW."""

    sensor: int
    start_us: int
    end_us: int
    power_kw: float
    limit_kw: float


def get_peaks(plan: FleetPlan) -> Iterator[PastPeak]:
    """Evenly over the time of the plan, oldest first; the newest is that of sensor 0, and goes on.

    The power is that between two neighbouring readings, by the platform's rule.
    """
    apart = (plan.end_us - plan.begins_us(0)) // INTERVAL_US // (PEAKS + 1)
    for back in reversed(range(PEAKS)):
        sensor = back * _STRIDE % plan.sensors
        yield _get_peak(plan, sensor, plan.end_us - back * apart * INTERVAL_US)


def _get_peak(plan: FleetPlan, sensor: int, before_us: int) -> PastPeak:
    kind = plan.kind(sensor)
    at_us = times_us(kind, before_us - 2 * INTERVAL_US, before_us)
    start, end = map(Sample, at_us.tolist(), register_kwh(kind, at_us).tolist())
    power_kw = mean_power_kw(start, end)
    assert power_kw is not None  # registers rise
    limit_kw = round(power_kw * _LIMIT_SHARE, 3)
    return PastPeak(sensor, start.at_us, end.at_us, power_kw, limit_kw)
