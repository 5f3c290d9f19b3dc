"""What the writers of files are given: consumption, a chunk of a sensor at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, QuerySet

from devices.models import Sensor
from monitoring.history.boundaries import GroupBy
from monitoring.history.consumption import Consumption
from monitoring.history.queries import get_consumption_by_sensor
from monitoring.models import SummedSensor
from monitoring.rules.instants import from_us
from monitoring.rules.rounding import round_energies

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
    sensor: str  # its name
    device: str  # its name
    consumption: Consumption

    @property
    def name(self) -> str:
        """The device's and the sensor's."""
        return f"{self.device}: {self.sensor}"


@dataclass(frozen=True, slots=True)
class Span:
    """The intervals that hold ``[start, end)``, in the time zone of whoever reads the file."""

    start: datetime
    end: datetime
    group_by: GroupBy
    zone: ZoneInfo


def get_chunks(*, sensors: QuerySet[Sensor], span: Span) -> Iterator[Chunk]:
    """The consumption of sensors, a few thousand intervals at a time, read as it is asked for.

    A sensor's begins with the interval of its first reading; without readings it has none. Energies
    are whole millionths of a kWh, and a sensor's sum to what it used, to one of these.
    """
    for some in _by_key(sensors):
        begun = _get_begun(some)
        for sensor in some:
            if sensor.pk in begun:
                since = replace(span, start=max(span.start, begun[sensor.pk]))
                yield from _get_chunks_of(sensor, since)


def count_begun(*, sensors: QuerySet[Sensor], span: Span) -> tuple[int, datetime]:
    """How many sensors have readings before the end of the span, and from when on in the span."""
    begun = SummedSensor.objects.filter(sensor__in=sensors, first_at__lt=span.end)
    found = begun.aggregate(count=Count("pk"), first_at=Min("first_at"))
    return found["count"], max(span.start, found["first_at"] or span.start)


def _get_begun(sensors: Sequence[Sensor]) -> dict[int, datetime]:
    """When the readings of each sensor begin."""
    begun = SummedSensor.objects.filter(sensor__in=sensors).values_list("sensor_id", "first_at")
    return {sensor_id: first_at for sensor_id, first_at in begun if first_at is not None}


def _get_chunks_of(sensor: Sensor, span: Span) -> Iterator[Chunk]:
    left = 0.0
    for part in _get_parts(sensor.pk, span):
        kwh, left = round_energies(part.kwh, left=left)
        consumption = replace(part, kwh=kwh)
        yield Chunk(sensor.uuid, sensor.description, sensor.device.description, consumption)


def _by_key(sensors: QuerySet[Sensor]) -> Iterator[Sequence[Sensor]]:
    """All sensors, some at a time: no cursor stays open while a slow reader reads."""
    last = 0
    sensors = sensors.select_related("device").order_by("pk")
    while some := list(sensors.filter(pk__gt=last)[:SENSORS_A_QUERY]):
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
