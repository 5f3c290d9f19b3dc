"""`make bench-settings`: what prefetch, batch size and flush time change, one at a time."""

import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from bench.clock import Run
from bench.figures import Figure
from bench.latency import Latency
from bench.messages import Backlog, prepare
from bench.ours import store_backlog
from bench.report import Report, as_grid
from bench.stage import Stage

#: Settings of which a rate and the memory depend.
OF_RATES = {
    "INGEST_BATCH_SIZE": (1_000, 5_000, 20_000, 50_000),
    "INGEST_PREFETCH": (100, 300, 1_000, 3_000),
}
#: Settings on which latency depends.
OF_LATENCY = {"INGEST_FLUSH_MS": (0, 2, 5, 10, 20, 50, 100)}

Rows = dict[str, dict[str, Figure]]


def measure_settings(stage: Stage) -> Report:
    """A table for the settings of rates, and one for those of latency."""
    rates, latencies = _measure_rates(stage), _measure_latencies(stage)
    text = f"{as_grid('backlog', rates)}\n\n{as_grid('latency', latencies)}"
    figures = {
        f"{setting}.{what}": figure
        for setting, row in {**rates, **latencies}.items()
        for what, figure in row.items()
    }
    return Report(text, figures)


def _measure_rates(stage: Stage) -> Rows:
    backlogs = {
        "single": prepare(stage.sizes.single, end_us=stage.end_us),
        "batch": prepare(stage.sizes.batch, end_us=stage.end_us),
    }
    runs: defaultdict[str, defaultdict[str, list[Run]]] = defaultdict(lambda: defaultdict(list))
    for _ in range(stage.sizes.rounds):
        for name, value in _each(OF_RATES):
            for kind, backlog in backlogs.items():
                run = _store(stage, kind, backlog, {name: str(value)})
                _tell(f"{name}={value} {kind}: {run.per_s:,.0f} readings/s")
                runs[f"{name}={value}"][kind].append(run)
    return {setting: _rate_row(taken) for setting, taken in runs.items()}


def _store(stage: Stage, kind: str, backlog: Backlog, settings: dict[str, str]) -> Run:
    template = stage.templates.primed(kind, backlog)
    return store_backlog(
        stage.servers, stage.databases, backlog, template=template, settings=settings
    )


def _rate_row(taken: dict[str, list[Run]]) -> dict[str, Figure]:
    row = {}
    for kind, runs in taken.items():
        row[f"{kind}.per_s"] = Figure(kind, "readings/s", [run.per_s for run in runs])
        memory_mb = [run.peak_memory_mb for run in runs if run.peak_memory_mb is not None]
        row[f"{kind}.memory_mb"] = Figure("memory", "MB", memory_mb)
    return row


def _measure_latencies(stage: Stage) -> Rows:
    rows: Rows = {}
    for name, value in _each(OF_LATENCY):
        taken = Latency(stage, settings={name: str(value)}).take()
        _tell(f"{name}={value}: measured")
        rows[f"{name}={value}"] = {key: _shortened(key, figure) for key, figure in taken.items()}
    return rows


def _shortened(key: str, figure: Figure) -> Figure:
    _, state, percent, _ = key.split("_")  # latency_idle_p50_ms
    return replace(figure, label=f"{state} {percent}")


def _each(settings: Mapping[str, tuple[int, ...]]) -> list[tuple[str, int]]:
    return [(name, value) for name, values in settings.items() for value in values]


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
