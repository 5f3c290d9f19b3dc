"""Stores a batch: readings, states, exceedances, peaks, notifications and quarantine, at once.

Either all of it is committed or nothing: only then may the broker forget the messages.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from monitoring.ingest.batch import SortedBatch, reject_conflict, sort_readings
from monitoring.ingest.findings import record_exceedances, record_falls, supersede_split
from monitoring.ingest.readings import Neighbours, Row, copy_newer, get_neighbours, insert_late
from monitoring.ingest.states import LockedSensor, NewState, lock_sensors, save_states
from monitoring.models import QuarantinedReading
from monitoring.notifications.outbox import notify_owners
from monitoring.peaks import update_peaks
from monitoring.rules.episodes import Span
from monitoring.rules.power import Exceeded, Fell, Sample, judge_interval, mean_power_kw
from monitoring.rules.wire import Reading, Rejection

#: Neighbouring readings of a sensor: (sensor, earlier, later).
Interval = tuple[LockedSensor, Sample, Sample]


class Stored(NamedTuple):
    """What became of a batch; a repeat counts nowhere."""

    readings: int
    rejections: int
    notified_user_ids: frozenset[int]


def store_batch(
    readings: Iterable[Reading], rejections: Sequence[Rejection] = (), *, now: datetime
) -> Stored:
    """Stores a batch of readings and the rejections found before, in one transaction.

    Whatever the order, the repeats and the division into batches, the same readings leave the
    same rows. Raises ``django.db.Error``; then nothing is stored.
    """
    readings = list(readings)
    with transaction.atomic():
        sensors = lock_sensors({reading.sensor_uuid for reading in readings})
        batch = sort_readings(readings, sensors)
        _copy(batch, sensors)
        late, conflicts = _insert_late(batch.late, sensors)
        neighbours = get_neighbours(late) if late else []
        touched = supersede_split(late, now=now) if late else []
        touched += _judge(_intervals(batch, neighbours, sensors))
        _save_states(batch, neighbours, sensors, received_at=now)
        begun = update_peaks(touched, now=now) if touched else []
        notified = notify_owners(begun, now=now) if begun else frozenset()
        rejected = [*rejections, *batch.rejections, *conflicts]
        _quarantine(rejected, received_at=now)
    newer = sum(map(len, batch.newer.values()))
    return Stored(newer + len(late), len(rejected), notified)


def _copy(batch: SortedBatch, sensors: dict[str, LockedSensor]) -> None:
    if batch.newer:
        copy_newer(
            Row(sensors[uuid].sensor_id, at_us, energy_kwh)
            for uuid, samples in batch.newer.items()
            for at_us, energy_kwh in samples
        )


def _insert_late(
    late: list[Row], sensors: dict[str, LockedSensor]
) -> tuple[list[Row], list[Rejection]]:
    if not late:
        return [], []
    stored, conflicts = insert_late(late)
    if not conflicts:
        return stored, []
    uuids = {sensor.sensor_id: uuid for uuid, sensor in sensors.items()}
    return stored, [
        reject_conflict(Reading(uuids[row.sensor_id], row.at_us, row.energy_kwh))
        for row in conflicts
    ]


def _intervals(
    batch: SortedBatch, neighbours: list[Neighbours], sensors: dict[str, LockedSensor]
) -> Iterator[Interval]:
    """Each interval that the batch's readings begin or end, once."""
    for uuid, samples in batch.newer.items():
        sensor = sensors[uuid]
        previous = sensor.newest
        for sample in samples:
            if previous is not None:
                yield sensor, previous, sample
            previous = sample
    by_id = {sensor.sensor_id: sensor for sensor in sensors.values()} if neighbours else {}
    around_late = {
        (near.sensor_id, start, end)
        for near in neighbours
        for start, end in ((near.previous, near.reading), (near.reading, near.following))
        if start is not None and end is not None
    }
    for sensor_id, start, end in around_late:
        yield by_id[sensor_id], start, end


def _judge(intervals: Iterable[Interval]) -> list[Span]:
    """Applies the peak rule, records what it finds, and returns the spans of exceedances."""
    exceeded: list[tuple[int, Exceeded]] = []
    fallen: list[tuple[int, Fell]] = []
    for sensor, start, end in intervals:
        finding = judge_interval(start, end, sensor.max_power_kw)
        if isinstance(finding, Exceeded):
            exceeded.append((sensor.sensor_id, finding))
        elif isinstance(finding, Fell):
            fallen.append((sensor.sensor_id, finding))
    record_falls(fallen)
    return record_exceedances(exceeded)


def _save_states(
    batch: SortedBatch,
    neighbours: list[Neighbours],
    sensors: dict[str, LockedSensor],
    *,
    received_at: datetime,
) -> None:
    states = []
    for uuid, samples in batch.newer.items():
        sensor = sensors[uuid]
        previous = samples[-2] if len(samples) > 1 else sensor.newest
        power_kw = mean_power_kw(previous, samples[-1]) if previous else None
        states.append(NewState(sensor.sensor_id, samples[-1], power_kw))
    if batch.late:
        states += _states_after_late(batch, neighbours, sensors)
    save_states(states, received_at=received_at)


def _states_after_late(
    batch: SortedBatch, neighbours: list[Neighbours], sensors: dict[str, LockedSensor]
) -> Iterator[NewState]:
    """States of sensors of which only late readings came: seen again, the newest reading stays.

    A late reading may have become the neighbour of the newest, and so change the power it ended.
    """
    before_newest = {(near.sensor_id, near.following): near.reading for near in neighbours}
    late_ids = {row.sensor_id for row in batch.late}
    for uuid, sensor in sensors.items():
        if sensor.sensor_id in late_ids and uuid not in batch.newer and sensor.newest:
            late = before_newest.get((sensor.sensor_id, sensor.newest))
            power_kw = mean_power_kw(late, sensor.newest) if late else sensor.power_kw
            yield NewState(sensor.sensor_id, sensor.newest, power_kw)


def _quarantine(rejections: Sequence[Rejection], *, received_at: datetime) -> None:
    QuarantinedReading.objects.bulk_create(
        [
            QuarantinedReading(
                received_at=received_at,
                reason=rejection.reason,
                detail=rejection.detail,
                sensor_uuid=rejection.sensor_uuid and UUID(rejection.sensor_uuid),
                raw=rejection.raw,
                raw_size_bytes=rejection.raw_size_bytes,
            )
            for rejection in rejections
        ]
    )
