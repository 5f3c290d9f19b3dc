"""Sensors with weeks of hourly readings, stored as the worker and its schedule do."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from devices.models import Sensor
from monitoring.history.summing import sum_intervals
from monitoring.ingest.store import store_batch
from monitoring.rules.instants import to_us
from monitoring.rules.readings import Reading, Readings

HOUR = timedelta(hours=1)

Power = Callable[[datetime], float]


def constant(power_kw: float) -> Power:
    return lambda _at: power_kw


def store_hours(
    sensor: Sensor,
    power_kw: Power,
    *,
    start: datetime,
    end: datetime,
    register_kwh: float = 100.0,
) -> None:
    """A reading at each full hour from that of ``start`` on, and one at ``end``."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)  # an hour is one of time
    start = start.replace(minute=0, second=0, microsecond=0)
    at, readings = start, []
    while at < end:
        readings.append(Reading(str(sensor.uuid), to_us(at), register_kwh))
        step = min(HOUR, end - at)
        register_kwh += power_kw(at) * (step / HOUR)
        at += step
    readings.append(Reading(str(sensor.uuid), to_us(end), register_kwh))
    store_batch(Readings.of(readings), now=end)


def sum_up() -> None:
    """Brings the stored quarter hours up to date."""
    assert sum_intervals(max_gap=HOUR, now=datetime.now(UTC))
