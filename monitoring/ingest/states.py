"""The sensors of a batch: found, locked in the order of their keys, and brought up to date."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import repeat

import numpy as np
from django.db import connection

from monitoring.rules.columns import NEVER_US, Booleans, Floats, Instants, Keys
from monitoring.sql import (
    FROM_US,
    POSTGRES_EPOCH_US,
    array,
    column_array,
    copy_record,
    fetch_records,
)


@dataclass(frozen=True, slots=True)
class LockedSensors:
    """Sensors as they stand while this transaction holds their locks; a row each, by key."""

    sensor_id: Keys
    is_active: Booleans
    max_power_kw: Floats
    register_step_kwh: Floats  # 0 where it is not known
    newest_us: Instants  # NEVER_US before the first reading
    newest_kwh: Floats
    power_kw: Floats  # NaN where it is not known


class SensorKeys:
    """The database's keys of sensors by UUID, remembered: neither ever changes.

    Only sensors with a state are remembered, for those cannot be deleted.
    """

    #: Some hundred bytes each.
    KEPT = 2**17

    def __init__(self) -> None:
        self._keys: dict[str, int] = {}

    def find(self, uuids: Sequence[str]) -> Keys:
        """The key of each sensor; 0 where there is none. New sensors are given a state."""
        unknown = set(uuids).difference(self._keys)
        found = self._fetch(unknown) if unknown else {}
        if found and len(self._keys) + len(found) > self.KEPT:
            self._keys.clear()
            found = self._fetch(set(uuids))
        self._keys.update(found)
        return np.fromiter(map(self._keys.get, uuids, repeat(0)), np.int64, len(uuids))

    def forget(self) -> None:
        """Drops all: what was remembered has turned out to be wrong, or was rolled back."""
        self._keys.clear()

    def _fetch(self, uuids: set[str]) -> dict[str, int]:
        wanted = array(uuids)
        with connection.cursor() as cursor:
            cursor.execute(_CREATE, [wanted])
            cursor.execute(_KEYS, [wanted])
            found = dict(cursor.fetchall())
        # With the callers' own strings as keys, which live anyway.
        return {uuid: found[uuid] for uuid in uuids if uuid in found}


# FOR SHARE: a limit that is changed meanwhile is either read here or copied by the trigger.
_CREATE = """
    INSERT INTO monitoring_sensorstate (sensor_id, max_power_kw, is_active, register_step_kwh)
    SELECT id, max_power_kw, is_active, coalesce(register_step_kwh, 0) FROM devices_sensor sensor
    WHERE uuid = ANY (%s::uuid[])
      AND NOT EXISTS (SELECT FROM monitoring_sensorstate WHERE sensor_id = sensor.id)
    ORDER BY id
    FOR SHARE
    ON CONFLICT DO NOTHING
"""

_KEYS = "SELECT uuid::text, id FROM devices_sensor WHERE uuid = ANY (%s::uuid[])"

# In binary: as text, thousands of small values would cost more than their locks.
_LOCK = """
    SELECT sensor_id, is_active, max_power_kw, register_step_kwh,
           coalesce(measured_at, '-infinity'), coalesce(energy_kwh, 0), coalesce(power_kw, 'NaN')
    FROM monitoring_sensorstate
    WHERE sensor_id = ANY (%s::bigint[])
    ORDER BY sensor_id
    FOR NO KEY UPDATE {skip_locked}
"""
_LOCKED = copy_record(
    ("sensor_id", ">i8"),
    ("is_active", "?"),
    ("max_power_kw", ">f8"),
    ("register_step_kwh", ">f8"),
    ("newest", ">i8"),
    ("newest_kwh", ">f8"),
    ("power_kw", ">f8"),
)
#: PostgreSQL's '-infinity'.
_BEFORE_ALL = np.iinfo(np.int64).min

# The keys are named twice: a join alone is planned as a scan of all states there are.
_SAVE = f"""
    UPDATE monitoring_sensorstate state
    SET measured_at = {FROM_US.format(expression="new.at_us")}, energy_kwh = new.energy_kwh,
        power_kw = new.power_kw, received_at = coalesce(%s, state.received_at)
    FROM unnest(%s::bigint[], %s::bigint[], %s::float8[], %s::float8[])
         AS new (sensor_id, at_us, energy_kwh, power_kw)
    WHERE state.sensor_id = new.sensor_id AND state.sensor_id = ANY (%s::bigint[])
"""


def lock_sensors(sensor_ids: Keys, *, skip_locked: bool = False) -> LockedSensors:
    """Locks the states of sensors until the transaction ends.

    ``sensor_ids`` are distinct. The order of the locks is that of the keys, so that two workers
    never wait for each other in a circle. Sensors that do not exist are missing in the result, and
    with ``skip_locked`` those that another transaction holds.
    """
    lock = _LOCK.format(skip_locked="SKIP LOCKED" if skip_locked else "")
    rows = fetch_records(lock, [column_array(sensor_ids)], _LOCKED)
    newest = rows["newest"].astype(np.int64)
    return LockedSensors(
        rows["sensor_id"].astype(np.int64),
        rows["is_active"].copy(),
        rows["max_power_kw"].astype(np.float64),
        rows["register_step_kwh"].astype(np.float64),
        np.where(newest == _BEFORE_ALL, NEVER_US, newest + POSTGRES_EPOCH_US),
        rows["newest_kwh"].astype(np.float64),
        rows["power_kw"].astype(np.float64),
    )


def save_states(
    sensor_ids: Keys,
    newest_us: Instants,
    newest_kwh: Floats,
    power_kw: Floats,
    *,
    received_at: datetime | None,
) -> None:
    """Writes the newest reading, the power that it ended (kW, NaN if unknown), and when the
    sensor was last seen; None leaves that as it is."""
    columns: Iterable[Keys | Floats] = (sensor_ids, newest_us, newest_kwh, power_kw, sensor_ids)
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, [received_at, *map(column_array, columns)])
