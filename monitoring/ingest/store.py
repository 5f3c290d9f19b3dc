"""Stores a batch: readings, states, exceedances, peaks, notifications and quarantine, at once.

Either all of it is committed or nothing: only then may the broker forget the messages.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import chain
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from django.db import OperationalError, connection, transaction
from psycopg2.errors import LockNotAvailable

from monitoring.history.spans import record_affected
from monitoring.ingest.batch import CONFLICT, Refusal, SortedBatch, sort_readings
from monitoring.ingest.findings import supersede_split
from monitoring.ingest.judging import (
    find_suspects_around,
    find_suspects_of_newer,
    group_changes,
    judge,
    list_affected,
)
from monitoring.ingest.quarantine import Quarantined, quarantine
from monitoring.ingest.readings import (
    Neighbours,
    Rows,
    copy_newer,
    copy_rows,
    get_neighbours,
    insert_late,
)
from monitoring.ingest.states import LockedSensors, SensorKeys, lock_sensors, save_states
from monitoring.models import DeferredReading
from monitoring.notifications.telling import notify_owners
from monitoring.partitions.retention import get_raw_kept_from_us
from monitoring.peaks import update_peaks
from monitoring.rules.columns import NEVER_US, Keys
from monitoring.rules.episodes import Gone
from monitoring.rules.power import mean_powers_kw
from monitoring.rules.readings import Reading, Readings
from monitoring.rules.rejections import Rejection
from monitoring.rules.telling import is_older

#: Late readings of a live batch that are stored at once; the others are put aside.
LATE_A_SENSOR = 100
LATE_AT_ONCE = 1_000

#: How long a live batch waits for a sensor that another transaction holds, and for a statement.
LOCK_TIMEOUT_MS = 1_000
STATEMENT_TIMEOUT_MS = 30_000

DEFERRED_TABLE = DeferredReading._meta.db_table


class Sorted(NamedTuple):
    """Readings with what was found of their sensors, which are locked."""

    readings: Readings
    sensor_ids: Keys  # of each reading, 0 where there is no such sensor
    sensors: LockedSensors
    batch: SortedBatch
    aside: list[Rows]  # readings to be stored by and by


class Stored(NamedTuple):
    """What became of a batch; a repeat counts nowhere."""

    readings: int
    refusals: list[Refusal]
    #: Rejections by reason: of these readings, and of what was rejected before.
    quarantined_by_reason: Mapping[str, int]
    notified_user_ids: frozenset[int]
    #: Readings put aside, to be stored by and by.
    deferred: int = 0
    #: Rejections beyond the caps by reason: counted, but no entry.
    beyond_by_reason: Mapping[str, int] = MappingProxyType({})

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
    may_defer: bool = False,
    on_sorted: Callable[[], None] | None = None,
) -> Stored:
    """Stores a batch of readings and the rejections found before, in one transaction.

    Whatever the order, the repeats and the division into batches, the same readings leave the
    same rows. ``keys`` is for callers with many batches: it remembers the sensors.

    ``is_backfill`` says that the readings come out of a file, not from the meters: the sensors
    have not been heard of by it, and a peak that ended too long ago to be news is recorded but
    nobody is told. What is rejected is told by the import, by line, and not quarantined: the
    file is there, and may be imported again and again.

    ``may_defer`` allows to put aside late readings that are many, and those of sensors that another
    transaction holds: nothing waits for them, and another thread stores them
    (monitoring/ingest/deferred.py). ``on_sorted`` is called once most of what is left to do is the
    database's. Raises ``django.db.Error``; then nothing is stored.
    """
    keys = keys or SensorKeys()
    how = _How(now, is_backfill, may_defer, on_sorted)
    try:
        return _store_at_once(readings, rejections, keys, how)
    except OperationalError as error:
        if not (may_defer and isinstance(error.__cause__, LockNotAvailable)):
            raise
        return _store_at_once(readings, rejections, keys, how, skip_locked=True)


class _How(NamedTuple):
    """What ``store_batch`` was told."""

    now: datetime
    is_backfill: bool
    may_defer: bool
    on_sorted: Callable[[], None] | None


def _store_at_once(
    readings: Readings,
    rejections: Iterable[Rejection],
    keys: SensorKeys,
    how: _How,
    *,
    skip_locked: bool = False,
) -> Stored:
    try:
        with transaction.atomic():
            if how.may_defer:
                _limit_time()
            found = _sort(readings, keys, how, skip_locked=skip_locked)
            if how.on_sorted:
                how.on_sorted()
            return _store(found, rejections, how)
    except Exception:
        keys.forget()  # a sensor's state may have been rolled back with the rest
        raise


def _limit_time() -> None:
    """Until the transaction ends: neither a lock nor a statement takes for ever."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL lock_timeout = %s; SET LOCAL statement_timeout = %s",
            [LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS],
        )


def _sort(readings: Readings, keys: SensorKeys, how: _How, *, skip_locked: bool) -> Sorted:
    sensor_ids, sensors = _lock(readings, keys, skip_locked=skip_locked)
    aside: list[Rows] = []
    if skip_locked:
        is_held = (sensor_ids > 0) & ~np.isin(sensor_ids, sensors.sensor_id)
        aside.append(_rows_of(readings, sensor_ids).pick(is_held))
        readings = readings.pick(np.flatnonzero(~is_held).tolist())
        sensor_ids = sensor_ids[~is_held]
    batch = sort_readings(readings, sensor_ids, sensors, kept_from_us=get_raw_kept_from_us())
    if how.may_defer and len(batch.late) > LATE_A_SENSOR:
        now, later = divide_late(batch.late)
        aside.append(later)
        batch = replace(batch, late=now)
    return Sorted(readings, sensor_ids, sensors, batch, [rows for rows in aside if len(rows)])


def _rows_of(readings: Readings, sensor_ids: Keys) -> Rows:
    return Rows(
        sensor_ids,
        np.frombuffer(readings.measured_at_us, np.int64),
        np.frombuffer(readings.energy_kwh, np.float64),
    )


def divide_late(late: Rows) -> tuple[Rows, Rows]:
    """Which late readings are stored at once, and which are put aside.

    Each sensor has its share: ``LATE_A_SENSOR`` of its readings, ``LATE_AT_ONCE`` of all. The rows
    are in order of sensor and time, and stay so.
    """
    begins = np.append(True, late.sensor_id[1:] != late.sensor_id[:-1])
    number = np.arange(len(late))
    rank = number - np.maximum.accumulate(np.where(begins, number, 0))
    first = np.argsort(rank, kind="stable")[:LATE_AT_ONCE]
    is_now = np.zeros(len(late), np.bool_)
    is_now[first] = rank[first] < LATE_A_SENSOR
    return late.pick(is_now), late.pick(~is_now)


def _store(found: Sorted, rejections: Iterable[Rejection], how: _How) -> Stored:
    batch, sensors, now, is_backfill = found.batch, found.sensors, how.now, how.is_backfill
    newer = batch.newer
    if len(newer):
        copy_newer(Rows(newer.sensor_id, newer.at_us, newer.energy_kwh))
    late, conflicts = insert_late(batch.late) if len(batch.late) else (batch.late, batch.late)
    neighbours = get_neighbours(late) if len(late) else None
    intervals = find_suspects_of_newer(newer, sensors)
    gone: list[tuple[int, Gone]] = []
    if neighbours:
        record_affected(list_affected(neighbours))
        gone = supersede_split(late, now=now)
        intervals += find_suspects_around(neighbours, sensors)
    added = judge(intervals)
    _save_states(batch, neighbours, sensors, received_at=None if is_backfill else now)
    begun = update_peaks(group_changes(gone, added), now=now) if gone or added else []
    if is_backfill:
        begun = [peak for peak in begun if not is_older(peak.ended_at, now=now)]
    notified = notify_owners(begun, now=now) if begun else frozenset()
    refusals = batch.refusals
    if len(conflicts):
        refusals.append(_refuse_conflicts(conflicts, found))
    quarantined = Quarantined(Counter(), Counter())
    if not is_backfill:
        found_here = chain.from_iterable(refusal.list_rejections() for refusal in refusals)
        quarantined = quarantine(chain(rejections, found_here), received_at=now)
    for rows in found.aside:
        copy_rows(rows, DEFERRED_TABLE)
    deferred = sum(map(len, found.aside))
    return Stored(
        len(newer) + len(late),
        refusals,
        quarantined.by_reason,
        notified,
        deferred,
        quarantined.beyond_by_reason,
    )


def _lock(readings: Readings, keys: SensorKeys, *, skip_locked: bool) -> tuple[Keys, LockedSensors]:
    """The key of each reading's sensor, and the sensors, locked."""
    sensor_ids = keys.find(readings.sensor_uuids)
    wanted = np.unique(sensor_ids[sensor_ids > 0])
    sensors = lock_sensors(wanted, skip_locked=skip_locked)
    if (
        len(sensors.sensor_id) < len(wanted) and not skip_locked
    ):  # what was remembered is of another database's life
        keys.forget()
        sensor_ids = keys.find(readings.sensor_uuids)
        sensors = lock_sensors(np.unique(sensor_ids[sensor_ids > 0]))
    return sensor_ids, sensors


def _refuse_conflicts(conflicts: Rows, found: Sorted) -> Refusal:
    known, first = np.unique(found.sensor_ids, return_index=True)
    at = first[np.searchsorted(known, conflicts.sensor_id)]
    uuids = (found.readings.sensor_uuids[row] for row in at.tolist())
    columns = (uuids, conflicts.at_us.tolist(), conflicts.energy_kwh.tolist())
    refused = Readings.of(map(Reading, *columns))
    refused.bodies = found.readings.bodies
    return Refusal(refused, *CONFLICT)


def _save_states(
    batch: SortedBatch,
    neighbours: Neighbours | None,
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
    if len(batch.late):
        _save_states_after_late(batch, neighbours, sensors, received_at=received_at)


def _save_states_after_late(
    batch: SortedBatch,
    neighbours: Neighbours | None,
    sensors: LockedSensors,
    *,
    received_at: datetime | None,
) -> None:
    """States of sensors of which only late readings came: seen again, the newest reading stays.

    A late reading may have become the neighbour of the newest, and so change the power it ended.
    """
    only_late = np.setdiff1d(batch.late.sensor_id, batch.newer.sensor_id)
    row = np.searchsorted(sensors.sensor_id, only_late)
    newest_us, newest_kwh = sensors.newest_us[row], sensors.newest_kwh[row]
    power_kw = sensors.power_kw[row]
    if neighbours and len(only_late):
        late = neighbours.rows
        at = np.minimum(np.searchsorted(only_late, late.sensor_id), len(only_late) - 1)
        is_next = (only_late[at] == late.sensor_id) & (neighbours.following_us == newest_us[at])
        ended_kw = mean_powers_kw(
            late.at_us, late.energy_kwh, neighbours.following_us, neighbours.following_kwh
        )
        power_kw[at[is_next]] = ended_kw[is_next]
    save_states(only_late, newest_us, newest_kwh, power_kw, received_at=received_at)
