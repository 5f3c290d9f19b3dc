"""What the writers of files are given: consumption, a chunk of a sensor at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from devices.models import Sensor
from monitoring.exchange.rounding import round_kwh
from monitoring.history.boundaries import GroupBy
from monitoring.history.consumption import Consumption
from monitoring.history.queries import get_consumption_by_sensor
from monitoring.rules.instants import from_us

#: How much of a sensor's time a chunk spans: some thousand intervals at most.
SPANS = {
    GroupBy.QUARTER: timedelta(days=31),
    GroupBy.HOUR: timedelta(days=124),
    GroupBy.DAY: timedelta(days=3650),
    GroupBy.MONTH: timedelta(days=36500),
    GroupBy.YEAR: timedelta(days=36500),
}
SENSORS_A_QUERY = 500


class Chunk(NamedTuple):
    """Adjoining intervals of one sensor. Chunks come sensor by sensor, in order of time."""

    sensor_uuid: UUID
    description: str
    consumption: Consumption


@dataclass(frozen=True, slots=True)
class Span:
    """The intervals that hold ``[start, end)``, in the time zone of whoever reads the file."""

    start: datetime
    end: datetime
    group_by: GroupBy
    zone: ZoneInfo


def get_chunks(*, sensors: QuerySet[Sensor], span: Span) -> Iterator[Chunk]:
    """The consumption of sensors, a few thousand intervals at a time, read as it is asked for.

    Energies are whole millionths of a kWh, and a sensor's sum to what it used, to one of these.
    """
    for some in _by_key(sensors):
        for sensor in some:
            left = 0.0
            for part in _get_parts(sensor.pk, span):
                consumption, left = round_kwh(part, left=left)
                yield Chunk(sensor.uuid, sensor.description, consumption)


def _by_key(sensors: QuerySet[Sensor]) -> Iterator[Sequence[Sensor]]:
    """All sensors, some at a time: no cursor stays open while a slow reader reads."""
    last = 0
    while some := list(sensors.filter(pk__gt=last).order_by("pk")[:SENSORS_A_QUERY]):
        yield some
        last = some[-1].pk


def _get_parts(sensor_id: int, span: Span) -> Iterator[Consumption]:
    at = span.start
    while at < span.end:
        part = get_consumption_by_sensor(
            [sensor_id],
            start=at,
            end=min(at + SPANS[span.group_by], span.end),
            group_by=span.group_by,
            zone=span.zone,
        )[sensor_id]
        yield part
        at = from_us(int(part.end_us[-1]))  # a boundary: what follows adjoins, and never overlaps
