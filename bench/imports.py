"""`make bench-import`: how fast a file with past readings is imported, in whole commands.

Three files of the same rows: into sensors that have no reading; into sensors that have later ones,
so that each row has to find its neighbours; and again into sensors that have these very rows.
"""

import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.failure import BenchFailed
from bench.figures import Figure
from bench.messages import INTERVAL_US, Sent, readings, sensor_uuid
from bench.report import Report, as_table
from bench.sizes import Workload
from bench.stage import Stage
from bench.stored import Stored

HEADER = "timestamp,sensor_id,measurement_value\n"
TO_REACH_PER_S = 30_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

LABELS = {
    "import_per_s": "into sensors without readings",
    "import_late_per_s": "before the readings of sensors",
    "import_again_per_s": "once more",
}


def measure_imports(stage: Stage) -> Report:
    """Rows a second, start of the command included."""
    workload = stage.sizes.imported
    fleet = stage.templates.fleet(workload.sensors)
    taken: dict[str, list[float]] = {key: [] for key in LABELS}
    with tempfile.TemporaryDirectory(prefix="bench-import-") as folder:
        past, later = _write_files(Path(folder), workload, end_us=stage.end_us)
        for _ in range(stage.sizes.rounds):
            with stage.databases.copied(fleet) as name:
                taken["import_per_s"].append(_measure(stage, name, past, workload, stored=True))
                taken["import_again_per_s"].append(
                    _measure(stage, name, past, workload, stored=False)
                )
            with stage.databases.copied(fleet) as name:
                _import(stage, name, later)
                taken["import_late_per_s"].append(
                    _measure(stage, name, past, workload, stored=True)
                )
    figures = {
        key: Figure(label, "rows/s", taken[key], at_least=TO_REACH_PER_S)
        for key, label in LABELS.items()
    }
    return Report(as_table(figures), figures)


def _write_files(folder: Path, workload: Workload, *, end_us: int) -> tuple[Path, Path]:
    """All rows but those of each sensor's last time, and those."""
    start_us = end_us - workload.steps * INTERVAL_US
    past, later = folder / "past.csv", folder / "later.csv"
    steps = range(workload.steps + 1)
    for file, part in ((past, steps[:-1]), (later, steps[-1:])):
        with file.open("w") as lines:
            lines.write(HEADER)
            lines.writelines(as_lines(readings(workload.sensors, part, start_us=start_us)))
    return past, later


def as_lines(sent: Iterable[Sent]) -> Iterator[str]:
    """Rows of a CSV file, with times in ISO 8601."""
    for sensor, at_us, energy_kwh in sent:
        at = (EPOCH + timedelta(microseconds=at_us)).isoformat()
        yield f"{at},{sensor_uuid(sensor)},{energy_kwh}\n"


def _measure(stage: Stage, name: str, file: Path, workload: Workload, *, stored: bool) -> float:
    """Rows a second. Raises ``BenchFailed`` unless just as many were stored as should be."""
    with closing(stage.databases.connect(name)) as connection:
        table = Stored(connection)
        before = table.count()
        stage.servers.wait_until_quiet()
        took_s = _import(stage, name, file)
        found = table.count() - before
    if found != (workload.readings if stored else 0):
        raise BenchFailed(f"The import stored {found} of {workload.readings} rows.")
    return workload.readings / took_s


def _import(stage: Stage, name: str, file: Path) -> float:
    """Seconds."""
    started = time.perf_counter()
    stage.databases.run_python(name, "manage.py", "import_readings", str(file), "--no-progress")
    return time.perf_counter() - started
