"""Fills a database with the readings of a plan, and with the quarter hours that belong to them.

In the order of time, all sensors of one moment together: so they lie on disk as a fleet sends them,
and a year of one sensor is spread over as many pages as it would be.
"""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import numpy as np

from bench.databases import Databases
from bench.failure import BenchFailed
from bench.history.household import PAST_US, register_kwh, times_us
from bench.history.plan import FleetPlan
from bench.messages import INTERVAL_US
from bench.stored import Stored
from monitoring.partitions.months import PARENT, Month
from monitoring.sql import FROM_US, copy_buffer

AT_ONCE = 2
#: Registers that were set up at other times, in kWh.
_KWH_BETWEEN_METERS = 10_000

_MAKE_SENSORS = """
    CREATE TABLE bench_sensor (sensor_id bigint PRIMARY KEY, number int NOT NULL,
                               kind int NOT NULL, added_kwh float8 NOT NULL,
                               begins_at timestamptz NOT NULL, last_at timestamptz NOT NULL,
                               last_kwh float8 NOT NULL)
"""
_AT = FROM_US.format(expression="%s")
_ADD_SENSOR = f"INSERT INTO bench_sensor VALUES (%s, %s, %s, %s, {_AT}, {_AT}, %s)"
_FILL_MONTH = """
    INSERT INTO {partition} (sensor_id, measured_at, energy_kwh)
    SELECT sensor.sensor_id, register.measured_at, register.energy_kwh + sensor.added_kwh
    FROM bench_register register JOIN bench_sensor sensor USING (kind)
    WHERE register.measured_at >= sensor.begins_at
    ORDER BY register.measured_at, sensor.sensor_id
"""
_ADD_STATES = """
    INSERT INTO monitoring_sensorstate
           (sensor_id, measured_at, energy_kwh, power_kw, received_at, max_power_kw, is_active)
    SELECT sensor_id, last_at, last_kwh, 0.5, last_at, sensor.max_power_kw, is_active
    FROM bench_sensor JOIN devices_sensor sensor ON sensor.id = sensor_id
    WHERE number = ANY (%s)
"""
_TAKE_DAYS = """
    CREATE TABLE bench_day AS
    SELECT sensor.kind, stored.* FROM monitoring_intervalday stored
    JOIN bench_sensor sensor USING (sensor_id);
    CREATE INDEX ON bench_day (day);
    ANALYZE bench_day;
    TRUNCATE monitoring_intervalday
"""
_REPEAT_DAYS = """
    INSERT INTO monitoring_intervalday
           (sensor_id, day, kwh, peak_kw, covered_s, quality, quarters)
    SELECT sensor.sensor_id, day, kwh, peak_kw, covered_s, quality, quarters
    FROM bench_day one JOIN bench_sensor sensor USING (kind)
    WHERE day >= %s AND day < %s AND day >= (sensor.begins_at AT TIME ZONE 'UTC')::date
    ORDER BY day, sensor.sensor_id
"""
_REPEAT_SUMMED = """
    INSERT INTO monitoring_summedsensor (sensor_id, first_at, summed_until)
    SELECT sensor_id, greatest(of_kind.first_at, begins_at + past), of_kind.summed_until
    FROM bench_sensor sensor
    JOIN (SELECT kind, first_at, summed_until, past
          FROM monitoring_summedsensor JOIN bench_sensor USING (sensor_id)
          JOIN unnest(%s::interval[]) WITH ORDINALITY AS of (past, place) ON place = kind + 1
         ) of_kind USING (kind)
    ON CONFLICT DO NOTHING
"""


def fill_readings(databases: Databases, name: str, plan: FleetPlan) -> None:
    """The readings, their key, and the states of the sensors whose quarter hours are to be summed.

    The key is made when the readings are there, as a restored backup has it.
    """
    with closing(databases.connect(name)) as connection:
        _add_sensors(connection, plan)
        key = _key(connection)
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {PARENT} DROP CONSTRAINT {PARENT}_pkey")
            with _told(f"{plan.label}: readings"), ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(lambda span: _fill_month(databases, name, *span), plan.spans()))
            with _told(f"{plan.label}: key"):
                cursor.execute("SET maintenance_work_mem = '256MB'")
                cursor.execute(f"ALTER TABLE {PARENT} ADD PRIMARY KEY (sensor_id, measured_at)")
            if _key(connection) != key:
                raise BenchFailed("The readings have got another key than they had.")
            cursor.execute(_ADD_STATES, [list(plan.asked)])


def repeat_days(databases: Databases, name: str, plan: FleetPlan) -> None:
    """Quarter hours for all sensors: those of the two that were summed, for each of their kind.

    Also tidies up as autovacuum would have done in ten years.
    """
    others = [number for number in range(plan.sensors) if number not in plan.asked]
    with (
        closing(databases.connect(name)) as connection,
        connection.cursor() as cursor,
        _told(f"{plan.label}: quarter hours"),
    ):
        cursor.execute(_TAKE_DAYS)
        for month in plan.months:
            cursor.execute(_REPEAT_DAYS, [month.start.date(), month.end.date()])
        cursor.execute(_ADD_STATES, [others])
        past = [f"{past_us} microseconds" for past_us in PAST_US]
        cursor.execute(_REPEAT_SUMMED, [past])
        cursor.execute("DROP TABLE bench_day, bench_sensor")
        cursor.execute("VACUUM (ANALYZE)")


def _add_sensors(connection: Any, plan: FleetPlan) -> None:
    rows = []
    for number, sensor_id in enumerate(Stored(connection).sensor_ids(plan.sensors)):
        kind, added_kwh = plan.kind(number), number * _KWH_BETWEEN_METERS
        last_us = times_us(kind, plan.end_us - INTERVAL_US, plan.end_us)
        last_kwh = float(register_kwh(kind, last_us)[0]) + added_kwh
        begins_us = plan.begins_us(number)
        rows.append((sensor_id, number, kind, added_kwh, begins_us, int(last_us[0]), last_kwh))
    with connection.cursor() as cursor:
        cursor.execute(_MAKE_SENSORS)
        cursor.executemany(_ADD_SENSOR, rows)


def _fill_month(databases: Databases, name: str, month: Month, start_us: int, end_us: int) -> None:
    with closing(databases.connect(name)) as connection, connection.cursor() as cursor:
        # All of a month is sorted in memory.
        cursor.execute("SET work_mem = '256MB'")
        cursor.execute(
            "CREATE TEMP TABLE bench_register"
            " (kind bigint, measured_at timestamptz, energy_kwh float8)"
        )
        for kind in range(len(PAST_US)):
            at_us = times_us(kind, start_us, end_us)
            kinds = np.full(len(at_us), kind)
            cursor.copy_expert(
                "COPY bench_register FROM STDIN (FORMAT binary)",
                copy_buffer(kinds, at_us, register_kwh(kind, at_us)),
            )
        cursor.execute("ANALYZE bench_register")
        cursor.execute(_FILL_MONTH.format(partition=month.partition))


def _key(connection: Any) -> str:
    key = Stored(connection).value(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
        f" WHERE conrelid = '{PARENT}'::regclass AND contype = 'p'"
    )
    return str(key)


@contextmanager
def _told(what: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    print(f"{what:<24}{time.monotonic() - started:>6.0f} s", file=sys.stderr, flush=True)
