"""Fills a database with a history: readings, quarter hours, and the check that they agree."""

from contextlib import closing
from datetime import datetime

from bench.databases import Databases
from bench.failure import BenchFailed
from bench.history.fill import fill_readings, repeat_days
from bench.history.plan import FleetPlan
from bench.stored import Stored


def fill_history(databases: Databases, name: str, plan: FleetPlan, *, checked: datetime) -> float:
    """All of a plan; gives the seconds in which the platform's task summed its share of it.

    A day of a copy, the one of ``checked``, is summed by it, too. Raises ``BenchFailed`` if that
    comes to something else.
    """
    fill_readings(databases, name, plan)
    summed_s = float(databases.run_python(name, "-m", "bench.history.sums"))
    repeat_days(databases, name, plan)
    _check_repeated(databases, name, plan.repeated, checked)
    return summed_s


def _check_repeated(databases: Databases, name: str, sensor: int, start: datetime) -> None:
    """That the platform's own task comes to the same for a sensor that was not summed by it.

    Raises ``BenchFailed``.
    """
    with closing(databases.connect(name)) as connection, connection.cursor() as cursor:
        sensor_id = Stored(connection).sensor_id(sensor)
        row = (
            "SELECT kwh, peak_kw, covered_s, quality FROM monitoring_intervalday"
            f" WHERE sensor_id = {sensor_id} AND day = '{start.date()}'"
        )
        cursor.execute(row)
        repeated = cursor.fetchone()
        cursor.execute(
            "INSERT INTO monitoring_affectedspan (sensor_id, started_at, ended_at)"
            " VALUES (%s, %s, %s::timestamptz + interval '1 day')",
            [sensor_id, start, start],
        )
        databases.run_python(name, "-m", "bench.history.sums")
        cursor.execute(row)
        summed = cursor.fetchone()
    if repeated is None or any(
        abs(ours - theirs) > 1e-6 for ours, theirs in zip(repeated, summed, strict=True)
    ):
        raise BenchFailed(f"The day of a sensor was {repeated}; summed, it is {summed}.")
