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

_FORGET = "TRUNCATE monitoring_intervalday, monitoring_summedsensor, monitoring_affectedspan"


def sum_stored(databases: Databases, *, template: str) -> Run:
    """Sums all readings of a prepared database, as if none had been summed before."""
    with databases.copied(template) as name:
        with closing(databases.connect(name)) as connection:
            connection.cursor().execute(_FORGET)
            readings = Stored(connection).count()
        seconds = float(databases.run_python(name, "-m", "bench.history.sums"))
    return Run(readings, seconds)
