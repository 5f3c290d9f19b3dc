"""What summing quarter hours costs ingestion, and how fast it is alone."""

from contextlib import closing

from bench.clock import Run
from bench.databases import Databases
from bench.stored import Stored

#: In seconds; production's is longer.
EVERY_S = 5
_SETTINGS = "bench.summing_settings"
SUMMED = {"DJANGO_SETTINGS_MODULE": _SETTINGS, "BENCH_SUM_EVERY_S": str(EVERY_S)}
UNSUMMED = {"DJANGO_SETTINGS_MODULE": _SETTINGS, "BENCH_SUM_EVERY_S": "0"}

#: A reading of each sensor, a minute after its newest.
_NEWS = (
    "INSERT INTO monitoring_reading (sensor_id, measured_at, energy_kwh) "
    "SELECT sensor_id, measured_at + interval '1 minute', energy_kwh + 0.01 "
    "FROM monitoring_sensorstate WHERE measured_at IS NOT NULL",
    "UPDATE monitoring_sensorstate SET measured_at = measured_at + interval '1 minute', "
    "energy_kwh = energy_kwh + 0.01 WHERE measured_at IS NOT NULL",
)
_FORGET = "TRUNCATE monitoring_intervalday, monitoring_summedsensor, monitoring_affectedspan"


def sum_stored(databases: Databases, *, template: str) -> Run:
    """Sums all readings of a prepared database, as if none had been summed before."""
    with databases.copied(template) as name:
        with closing(databases.connect(name)) as connection:
            connection.cursor().execute(_FORGET)
            readings = Stored(connection).count()
        seconds = float(databases.run_python(name, "-m", "bench.history.sums"))
    return Run(readings, seconds)


def sum_news(databases: Databases, *, template: str) -> Run:
    """Sums one new reading of each sensor of a prepared database, as a pass of the task does."""
    with databases.copied(template) as name:
        with closing(databases.connect(name)) as connection, connection.cursor() as cursor:
            for statement in _NEWS:
                cursor.execute(statement)
            sensors = cursor.rowcount
        seconds = float(databases.run_python(name, "-m", "bench.history.sums"))
    return Run(sensors, seconds)
