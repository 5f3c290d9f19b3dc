"""Stores a batch: readings, states, exceedances, peaks, notifications and quarantine, at once.

Either all of it is committed or nothing: only then may the broker forget the messages.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain, islice
from typing import NamedTuple
from uuid import UUID

import numpy as np
from django.db import transaction

from monitoring.history.spans import record_affected
from monitoring.ingest.batch import CONFLICT, Newer, Refusal, SortedBatch, sort_readings
from monitoring.ingest.findings import record_exceedances, record_falls, supersede_split
from monitoring.ingest.readings import Neighbours, Row, copy_newer, get_neighbours, insert_late
from monitoring.ingest.states import (
    NEVER_US,
    LockedSensors,
    SensorKeys,
    lock_sensors,
    save_states,
)
from monitoring.models import QuarantinedReading
from monitoring.notifications.telling import notify_owners
from monitoring.partitions.retention import get_raw_kept_from_us
from monitoring.peaks import ExceedanceChanges, update_peaks
from monitoring.rules.columns import Keys
from monitoring.rules.episodes import Gone, Span
from monitoring.rules.power import (
    Exceeded,
    Fell,
    Sample,
    find_suspects,
    judge_interval,
    mean_power_kw,
    mean_powers_kw,
)
from monitoring.rules.readings import Reading, Readings
from monitoring.rules.rejections import Rejection
from monitoring.rules.telling import is_older

#: Thousands of texts as rows and in one statement would take tens of megabytes.
REJECTIONS_A_STATEMENT = 500


class Interval(NamedTuple):
    """Neighbouring readings of a sensor."""

    sensor_id: int
    limit_kw: float
    step_kwh: float
    start: Sample
    end: Sample


class Sorted(NamedTuple):
    """Readings with what was found of their sensors, which are locked."""

    readings: Readings
    sensor_ids: Keys  # of each reading, 0 where there is no such sensor
    sensors: LockedSensors
    batch: SortedBatch


class Stored(NamedTuple):
    """What became of a batch; a repeat counts nowhere."""

    readings: int
    refusals: list[Refusal]
    #: Entries by reason: for these, and for what was rejected before.
    quarantined_by_reason: Mapping[str, int]
    notified_user_ids: frozenset[int]

    @property
    def refused(self) -> int:
        """How many of the batch's readings cannot be kept."""
        return sum(len(refusal.readings) for refusal in self.refusals)


def store_batch(  # noqa: PLR0913 - keyword-only, with defaults
    readings: Readings,
    rejections: Iterable[Rejection] = (),
    *,
    now: datetime,
    keys: SensorKeys | None = None,
    is_backfill: bool = False,
    on_sorted: Callable[[], None] | None = None,
) -> Stored:
    """Stores a batch of readings and the rejections found before, in one transaction.

    Whatever the order, the repeats and the division into batches, the same readings leave the
    same rows. ``keys`` is for callers with many batches: it remembers the sensors.

    ``is_backfill`` says that the readings come out of a file, not from the meters: the sensors
    have not been heard of by it, and a peak that ended too long ago to be news is recorded but
    nobody is told. What is rejected is told by the import, by line, and not quarantined: the
    file is there, and may be imported again and again. ``on_sorted`` is called once most of what is
    left to do is the database's. Raises ``django.db.Error``; then nothing is stored.
    """
    keys = keys or SensorKeys()
    try:
        with transaction.atomic():
            found = _sort(readings, keys)
            if on_sorted:
                on_sorted()
            return _store(found, rejections, now, is_backfill)
    except Exception:
        keys.forget()  # a sensor's state may have been rolled back with the rest
        raise


def _sort(readings: Readings, keys: SensorKeys) -> Sorted:
    sensor_ids, sensors = _lock(readings, keys)
    batch = sort_readings(readings, sensor_ids, sensors, kept_from_us=get_raw_kept_from_us())
    return Sorted(readings, sensor_ids, sensors, batch)


def _store(
    found: Sorted, rejections: Iterable[Rejection], now: datetime, is_backfill: bool
) -> Stored:
    batch, sensors = found.batch, found.sensors
    newer = batch.newer
    if len(newer):
        copy_newer(newer.sensor_id, newer.at_us, newer.energy_kwh)
    late, conflicts = insert_late(batch.late) if batch.late else ([], [])
    neighbours = get_neighbours(late) if late else []
    if neighbours:
        record_affected(_spans_of(neighbours))
    gone = supersede_split(late, now=now) if late else []
    added = _judge(_suspects(newer, sensors), _around_late(neighbours, sensors))
    _save_states(batch, neighbours, sensors, received_at=None if is_backfill else now)
    begun = update_peaks(_changes_of(gone, added), now=now) if gone or added else []
    if is_backfill:
        begun = [peak for peak in begun if not is_older(peak.ended_at, now=now)]
    notified = notify_owners(begun, now=now) if begun else frozenset()
    refusals = batch.refusals
    if conflicts:
        refusals.append(_refuse_conflicts(conflicts, found))
    quarantined: Mapping[str, int] = {}
    if not is_backfill:
        found_here = chain.from_iterable(refusal.list_rejections() for refusal in refusals)
        quarantined = _quarantine(chain(rejections, found_here), received_at=now)
    return Stored(len(newer) + len(late), refusals, quarantined, notified)


def _lock(readings: Readings, keys: SensorKeys) -> tuple[Keys, LockedSensors]:
    """The key of each reading's sensor, and the sensors, locked."""
    sensor_ids = keys.find(readings.sensor_uuids)
    wanted = np.unique(sensor_ids[sensor_ids > 0])
    sensors = lock_sensors(wanted)
    if len(sensors.sensor_id) < len(wanted):  # what was remembered is of another database's life
        keys.forget()
        sensor_ids = keys.find(readings.sensor_uuids)
        sensors = lock_sensors(np.unique(sensor_ids[sensor_ids > 0]))
    return sensor_ids, sensors


def _refuse_conflicts(conflicts: list[Row], found: Sorted) -> Refusal:
    uuids, sensor_ids = found.readings.sensor_uuids, found.sensor_ids
    refused = Readings.of(
        Reading(uuids[int(np.argmax(sensor_ids == sensor_id))], at_us, energy_kwh)
        for sensor_id, at_us, energy_kwh in conflicts
    )
    refused.bodies = found.readings.bodies
    return Refusal(refused, *CONFLICT)


def _suspects(newer: Newer, sensors: LockedSensors) -> Iterator[Interval]:
    """Intervals that newer readings end and that the peak rule may have something to say about."""
    limit_kw = sensors.max_power_kw[newer.sensor_row]
    suspicious = (newer.previous_us != NEVER_US) & find_suspects(
        newer.previous_us, newer.previous_kwh, newer.at_us, newer.energy_kwh, limit_kw
    )
    rows = newer.pick(suspicious)
    starts = map(Sample, rows.previous_us.tolist(), rows.previous_kwh.tolist())
    ends = map(Sample, rows.at_us.tolist(), rows.energy_kwh.tolist())
    steps = sensors.register_step_kwh[rows.sensor_row].tolist()
    limits = limit_kw[suspicious].tolist()
    return map(Interval, rows.sensor_id.tolist(), limits, steps, starts, ends)


def _around_late(neighbours: list[Neighbours], sensors: LockedSensors) -> set[Interval]:
    """Intervals that late readings begin or end and that the peak rule may have something to say
    about, each once."""
    pairs = [
        (near.sensor_id, start, end)
        for near in neighbours
        for start, end in ((near.previous, near.reading), (near.reading, near.following))
        if start is not None and end is not None
    ]
    count = len(pairs)
    sensor_ids = np.fromiter((sensor_id for sensor_id, _, _ in pairs), np.int64, count)
    sensor_row = np.searchsorted(sensors.sensor_id, sensor_ids)
    limit_kw = sensors.max_power_kw[sensor_row]
    suspicious = find_suspects(
        np.fromiter((start.at_us for _, start, _ in pairs), np.int64, count),
        np.fromiter((start.energy_kwh for _, start, _ in pairs), np.float64, count),
        np.fromiter((end.at_us for _, _, end in pairs), np.int64, count),
        np.fromiter((end.energy_kwh for _, _, end in pairs), np.float64, count),
        limit_kw,
    )
    rows = np.flatnonzero(suspicious).tolist()
    found = (pairs[row] for row in rows)
    limits = limit_kw[suspicious].tolist()
    steps = sensors.register_step_kwh[sensor_row[suspicious]].tolist()
    return {
        Interval(sensor_id, limit, step, start, end)
        for (sensor_id, start, end), limit, step in zip(found, limits, steps, strict=True)
    }


def _spans_of(neighbours: Iterable[Neighbours]) -> Iterator[Span]:
    """Where late readings have changed what is known of their sensor's consumption."""
    for near in neighbours:
        start, end = near.previous or near.reading, near.following or near.reading
        yield Span(near.sensor_id, start.at_us, end.at_us)


def _judge(*intervals: Iterable[Interval]) -> list[tuple[int, Exceeded]]:
    """Applies the peak rule, records what it finds, and returns the exceedances by sensor key."""
    exceeded: list[tuple[int, Exceeded]] = []
    fallen: list[tuple[int, Fell]] = []
    for sensor_id, limit_kw, step_kwh, start, end in chain(*intervals):
        finding = judge_interval(start, end, limit_kw, step_kwh=step_kwh)
        if isinstance(finding, Exceeded):
            exceeded.append((sensor_id, finding))
        elif isinstance(finding, Fell):
            fallen.append((sensor_id, finding))
    record_falls(fallen)
    record_exceedances(exceeded)
    return exceeded


def _changes_of(
    gone: Iterable[tuple[int, Gone]], added: Iterable[tuple[int, Exceeded]]
) -> dict[int, ExceedanceChanges]:
    changes: defaultdict[int, ExceedanceChanges] = defaultdict(ExceedanceChanges)
    for sensor_id, old in gone:
        changes[sensor_id].gone.append(old)
    for sensor_id, new in added:
        changes[sensor_id].added.append(new)
    return changes


def _save_states(
    batch: SortedBatch,
    neighbours: list[Neighbours],
    sensors: LockedSensors,
    *,
    received_at: datetime | None,
) -> None:
    newest = batch.newer.newest_of_each_sensor()
    power_kw = mean_powers_kw(
        newest.previous_us, newest.previous_kwh, newest.at_us, newest.energy_kwh
    )
    power_kw[newest.previous_us == NEVER_US] = np.nan
    if len(newest):
        save_states(
            newest.sensor_id, newest.at_us, newest.energy_kwh, power_kw, received_at=received_at
        )
    if batch.late:
        _save_states_after_late(batch, neighbours, sensors, received_at=received_at)


def _save_states_after_late(
    batch: SortedBatch,
    neighbours: list[Neighbours],
    sensors: LockedSensors,
    *,
    received_at: datetime | None,
) -> None:
    """States of sensors of which only late readings came: seen again, the newest reading stays.

    A late reading may have become the neighbour of the newest, and so change the power it ended.
    """
    only_late = np.setdiff1d([row.sensor_id for row in batch.late], batch.newer.sensor_id)
    row = np.searchsorted(sensors.sensor_id, only_late)
    newest_us, newest_kwh = sensors.newest_us[row], sensors.newest_kwh[row]
    power_kw = sensors.power_kw[row]
    row_of = {sensor_id: row for row, sensor_id in enumerate(only_late.tolist())}
    for near in neighbours:
        at = row_of.get(near.sensor_id)
        if at is not None and near.following and near.following.at_us == newest_us[at]:
            power_kw[at] = _or_nan(mean_power_kw(near.reading, near.following))
    save_states(only_late, newest_us, newest_kwh, power_kw, received_at=received_at)


def _or_nan(power_kw: float | None) -> float:
    return float("nan") if power_kw is None else power_kw


def _quarantine(rejections: Iterable[Rejection], *, received_at: datetime) -> Counter[str]:
    """Makes an entry of each; gives how many, by reason."""
    by_reason: Counter[str] = Counter()
    coming = iter(rejections)
    while some := list(islice(coming, REJECTIONS_A_STATEMENT)):
        QuarantinedReading.objects.bulk_create(_as_entry(each, received_at) for each in some)
        by_reason.update(each.reason for each in some)
    return by_reason


def _as_entry(rejection: Rejection, received_at: datetime) -> QuarantinedReading:
    return QuarantinedReading(
        received_at=received_at,
        reason=rejection.reason,
        detail=rejection.detail,
        sensor_uuid=rejection.sensor_uuid and UUID(rejection.sensor_uuid),
        raw=rejection.raw,
        raw_size_bytes=rejection.raw_size_bytes,
    )
