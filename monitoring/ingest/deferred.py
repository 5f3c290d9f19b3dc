"""Readings that ingestion puts aside, so that one sender's past never delays others' present.

A late or repeated reading costs several times as much as a new one, and a sensor that another
transaction holds would keep its whole batch waiting. The writer of live readings stores some of
the late ones at once and copies the rest into a table, in the same transaction; they are stored
from there, by sensor in turn, in transactions of a fraction of a second.
"""

import logging
import random
import threading
import time
from collections.abc import Callable
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import OperationalError, connection, transaction

from devices.models import Sensor
from monitoring.ingest.salvage import NOT_THE_READINGS, store_or_quarantine
from monitoring.ingest.states import SensorKeys
from monitoring.ingest.store import DEFERRED_TABLE as TABLE
from monitoring.ingest.store import Stored
from monitoring.rules.columns import Keys
from monitoring.rules.readings import Reading, Readings
from monitoring.sql import US_OF, column_array, copy_record, fetch_records

logger = logging.getLogger(__name__)


#: Readings and sensors of one transaction.
READINGS_AT_ONCE = 2_000
SENSORS_AT_ONCE = 100

#: How often to look whether there are some, and how much disk they take.
CHECK_EVERY_S = 1.0
LOOK_EVERY_S = 5.0
LAST_RETRY_S = 30.0

#: An empty table of this size gives its disk back.
WORTH_TRUNCATING_BYTES = 64 * 2**20

_SIZE = f"SELECT pg_total_relation_size('{TABLE}')"

# An index lookup a sensor, however many readings each has.
_CHOOSE = f"""
    WITH RECURSIVE chosen AS (
        (SELECT sensor_id, 1 AS number FROM {TABLE} WHERE sensor_id > %(after)s
         ORDER BY sensor_id LIMIT 1)
        UNION ALL
        SELECT next.sensor_id, number + 1
        FROM chosen
        CROSS JOIN LATERAL (
            SELECT sensor_id FROM {TABLE} WHERE sensor_id > chosen.sensor_id
            ORDER BY sensor_id LIMIT 1
        ) next
        WHERE number < %(most)s
    )
    SELECT sensor_id FROM chosen
"""

_LOCK = """
    SELECT sensor_id FROM monitoring_sensorstate WHERE sensor_id = ANY (%s::bigint[])
    ORDER BY sensor_id FOR NO KEY UPDATE SKIP LOCKED
"""

_TAKE = f"""
    DELETE FROM {TABLE} deferred
    USING (
        SELECT one.id FROM unnest(%s::bigint[]) AS sensor (sensor_id)
        CROSS JOIN LATERAL (
            SELECT id FROM {TABLE} WHERE sensor_id = sensor.sensor_id ORDER BY id LIMIT %s
        ) one
    ) chosen
    WHERE deferred.id = chosen.id
    RETURNING deferred.id, deferred.sensor_id, {US_OF.format(column="measured_at")}, energy_kwh
"""
_TAKEN = copy_record(("id", ">i8"), ("sensor_id", ">i8"), ("at_us", ">i8"), ("energy_kwh", ">f8"))


class Room:
    """Whether more readings may be put aside; beyond the limit they wait in the broker."""

    def __init__(self) -> None:
        self._look_at_s = 0.0
        self._is_left = True

    def is_left(self) -> bool:
        """Asks the database now and then. Raises ``django.db.Error``."""
        if time.monotonic() >= self._look_at_s:
            self._is_left = get_size_bytes() < settings.INGEST_DEFERRED_MAX_MB * 2**20
            self._look_at_s = time.monotonic() + LOOK_EVERY_S
        return self._is_left


def get_size_bytes() -> int:
    """How much disk the deferred readings take."""
    with connection.cursor() as cursor:
        cursor.execute(_SIZE)
        (size_bytes,) = cursor.fetchone()
    return int(size_bytes)


class DeferredWriter(threading.Thread):
    """Stores what was put aside, in this process or another, until it is stopped.

    While live readings come it rests as long as it works.
    """

    def __init__(
        self,
        *,
        is_live_busy: Callable[[], bool],
        on_notified: Callable[[frozenset[int]], None],
    ) -> None:
        super().__init__(name="ingest-deferred", daemon=True)
        self._is_live_busy = is_live_busy
        self._on_notified = on_notified
        self._stopping = threading.Event()
        self._keys = SensorKeys()
        self._last_sensor_id = 0

    def stop(self) -> None:
        """Ends the thread after the transaction in hand."""
        self._stopping.set()

    def run(self) -> None:
        """Stores some readings after the other."""
        retry_s = CHECK_EVERY_S
        try:
            while not self._stopping.is_set():
                try:
                    self._stopping.wait(self._store_some())
                    retry_s = CHECK_EVERY_S
                except Exception as error:
                    # Nothing is lost: what was taken is there again. The thread lives on.
                    connection.close()
                    if not isinstance(error, NOT_THE_READINGS):
                        logger.exception("Deferred readings cannot be stored.")
                    self._stopping.wait(retry_s * random.uniform(0.5, 1.0))
                    retry_s = min(retry_s * 2, LAST_RETRY_S)
        finally:
            connection.close()

    def _store_some(self) -> float:
        """Stores some readings. Returns how many seconds to rest."""
        started_s = time.monotonic()
        results, self._last_sensor_id = store_deferred(
            keys=self._keys, after_sensor_id=self._last_sensor_id
        )
        if notified := frozenset().union(*(stored.notified_user_ids for stored in results)):
            self._on_notified(notified)
        if not results and not self._last_sensor_id:
            give_disk_back()
            return CHECK_EVERY_S
        return time.monotonic() - started_s if self._is_live_busy() else 0.0


def store_deferred(*, keys: SensorKeys, after_sensor_id: int = 0) -> tuple[list[Stored], int]:
    """Stores some deferred readings, those of the sensors with the next keys.

    Sensors that another transaction holds have their turn later. Returns what was stored, and the
    last of the sensors, 0 after the last of all.
    """
    with transaction.atomic():
        sensor_ids = _choose(after_sensor_id)
        free = _lock_free(sensor_ids) if len(sensor_ids) else sensor_ids
        results = list(store_or_quarantine(_take(free), (), keys=keys)) if len(free) else []
    is_last = len(sensor_ids) < SENSORS_AT_ONCE
    return results, 0 if is_last else int(sensor_ids[-1])


def _choose(after_sensor_id: int) -> Keys:
    with connection.cursor() as cursor:
        cursor.execute(_CHOOSE, {"after": after_sensor_id, "most": SENSORS_AT_ONCE})
        return np.fromiter((sensor_id for (sensor_id,) in cursor), np.int64)


def _lock_free(sensor_ids: Keys) -> Keys:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [column_array(sensor_ids)])
        return np.fromiter((sensor_id for (sensor_id,) in cursor), np.int64)


def _take(sensor_ids: Keys) -> Readings:
    """The oldest deferred readings of these sensors, in the order in which they came."""
    parameters = [column_array(sensor_ids), READINGS_AT_ONCE // len(sensor_ids)]
    taken = np.sort(fetch_records(_TAKE, parameters, _TAKEN), order="id")
    uuids: dict[int, UUID] = dict(
        Sensor.objects.filter(pk__in=sensor_ids.tolist()).values_list("pk", "uuid")
    )
    return Readings.of(
        Reading(str(uuids[sensor_id]), at_us, energy_kwh)
        for _, sensor_id, at_us, energy_kwh in zip(
            *(taken[name].tolist() for name in ("id", "sensor_id", "at_us", "energy_kwh")),
            strict=True,
        )
    )


def give_disk_back() -> None:
    """Empties the files of the table, if it is empty and nobody uses it at the moment."""
    if get_size_bytes() < WORTH_TRUNCATING_BYTES:
        return
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE NOWAIT")
            cursor.execute(f"SELECT EXISTS (SELECT FROM {TABLE})")
            if cursor.fetchone() == (False,):
                cursor.execute(f"TRUNCATE {TABLE}")
    except OperationalError:
        logger.debug("The table of deferred readings is in use.")
