"""The sensors of a batch: found, locked in the order of their keys, and brought up to date."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import repeat

import numpy as np
from django.db import connection

from monitoring.rules.columns import Booleans, Floats, Instants, Keys
from monitoring.sql import FROM_US, US_OF, array, column_array, from_array

#: In place of the newest reading's time where there is no reading: earlier than any.
NEVER_US = -1


@dataclass(frozen=True, slots=True)
class LockedSensors:
    """Sensors as they stand while this transaction holds their locks; a row each, by key."""

    sensor_id: Keys
    is_active: Booleans
    max_power_kw: Floats
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
    INSERT INTO monitoring_sensorstate (sensor_id, max_power_kw, is_active)
    SELECT id, max_power_kw, is_active FROM devices_sensor sensor
    WHERE uuid = ANY (%s::uuid[])
      AND NOT EXISTS (SELECT FROM monitoring_sensorstate WHERE sensor_id = sensor.id)
    ORDER BY id
    FOR SHARE
    ON CONFLICT DO NOTHING
"""

_KEYS = "SELECT uuid::text, id FROM devices_sensor WHERE uuid = ANY (%s::uuid[])"

# One row of arrays instead of a row a sensor: thousands of small values would cost the driver
# more time than the locks cost the database.
_LOCK = f"""
    SELECT array_agg(sensor_id)::text, array_agg(is_active)::text, array_agg(max_power_kw)::text,
           array_agg(coalesce(newest_us, {NEVER_US}))::text,
           array_agg(coalesce(energy_kwh, 0))::text, array_agg(coalesce(power_kw, -1))::text
    FROM (
        SELECT sensor_id, is_active::int, max_power_kw,
               {US_OF.format(column="measured_at")} AS newest_us, energy_kwh, power_kw
        FROM monitoring_sensorstate
        WHERE sensor_id = ANY (%s::bigint[])
        ORDER BY sensor_id
        FOR NO KEY UPDATE
    ) locked
"""

_SAVE = f"""
    UPDATE monitoring_sensorstate state
    SET measured_at = {FROM_US.format(expression="new.at_us")}, energy_kwh = new.energy_kwh,
        power_kw = new.power_kw, received_at = coalesce(%s, state.received_at)
    FROM unnest(%s::bigint[], %s::bigint[], %s::float8[], %s::float8[])
         AS new (sensor_id, at_us, energy_kwh, power_kw)
    WHERE state.sensor_id = new.sensor_id
"""


def lock_sensors(sensor_ids: Keys) -> LockedSensors:
    """Locks the states of sensors until the transaction ends.

    ``sensor_ids`` are distinct. The order of the locks is that of the keys, so that two workers
    never wait for each other in a circle. Sensors that do not exist are missing in the result.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [column_array(sensor_ids)])
        columns = [from_array(text or "{}") for text in cursor.fetchone()]
    ids, is_active, max_power_kw, newest_us, newest_kwh, power_kw = columns
    known_kw = np.array(power_kw, np.float64)
    return LockedSensors(
        np.array(ids, np.int64),
        np.array(is_active, np.bool_),
        np.array(max_power_kw, np.float64),
        np.array(newest_us, np.int64),
        np.array(newest_kwh, np.float64),
        np.where(known_kw < 0, np.nan, known_kw),
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
    columns: Iterable[Keys | Floats] = (sensor_ids, newest_us, newest_kwh, power_kw)
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, [received_at, *map(column_array, columns)])
