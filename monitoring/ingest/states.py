"""The sensors of a batch: found, locked in the order of their keys, and brought up to date."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from monitoring.rules.power import Sample
from monitoring.sql import FROM_US, US_OF, array


class LockedSensor(NamedTuple):
    """A sensor as it stands while this transaction holds its lock."""

    sensor_id: int
    is_active: bool
    max_power_kw: float
    owner_id: int
    newest: Sample | None
    power_kw: float | None


class NewState(NamedTuple):
    """What ``SensorState`` becomes."""

    sensor_id: int
    newest: Sample
    power_kw: float | None


_LOCK = f"""
    SELECT sensor.uuid::text, sensor.id, sensor.is_active, sensor.max_power_kw::float8,
           device.owner_id, {US_OF.format(column="state.measured_at")}, state.energy_kwh,
           state.power_kw
    FROM monitoring_sensorstate state
    JOIN devices_sensor sensor ON sensor.id = state.sensor_id
    JOIN devices_device device ON device.id = sensor.device_id
    WHERE sensor.uuid = ANY (%s::uuid[])
    ORDER BY state.sensor_id
    FOR UPDATE OF state
"""

_CREATE = """
    INSERT INTO monitoring_sensorstate (sensor_id)
    SELECT id FROM devices_sensor WHERE uuid = ANY (%s::uuid[]) ORDER BY id
    ON CONFLICT DO NOTHING
"""

_SAVE = f"""
    UPDATE monitoring_sensorstate state
    SET measured_at = {FROM_US.format(expression="new.at_us")}, energy_kwh = new.energy_kwh,
        power_kw = new.power_kw, received_at = %s
    FROM unnest(%s::bigint[], %s::bigint[], %s::float8[], %s::float8[])
         AS new (sensor_id, at_us, energy_kwh, power_kw)
    WHERE state.sensor_id = new.sensor_id
"""


def lock_sensors(uuids: Collection[str]) -> dict[str, LockedSensor]:
    """Locks the sensors that exist, until the transaction ends, and returns them by UUID.

    The order of the locks is that of the keys, so that two workers never wait for each other
    in a circle.
    """
    wanted = array(uuids)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [wanted])
        rows = cursor.fetchall()
        if len(rows) < len(uuids):
            # First readings of a sensor, or unknown sensors.
            cursor.execute(_CREATE, [wanted])
            if cursor.rowcount:
                cursor.execute(_LOCK, [wanted])
                rows = cursor.fetchall()
    return {
        uuid: LockedSensor(
            sensor_id,
            is_active,
            max_power_kw,
            owner_id,
            None if at_us is None else Sample(at_us, energy_kwh),
            power_kw,
        )
        for uuid, sensor_id, is_active, max_power_kw, owner_id, at_us, energy_kwh, power_kw in rows
    }


def save_states(states: Iterable[NewState], *, received_at: datetime) -> None:
    """Writes the newest reading, the power that it ended, and when the sensor was last seen."""
    states = list(states)
    with connection.cursor() as cursor:
        cursor.execute(
            _SAVE,
            [
                received_at,
                array(state.sensor_id for state in states),
                array(state.newest.at_us for state in states),
                array(state.newest.energy_kwh for state in states),
                array(state.power_kw for state in states),
            ],
        )
