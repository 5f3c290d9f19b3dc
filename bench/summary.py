"""The figures of the rounds: ratios with what is to be reached, and what they are made of."""

from bench.clock import Run
from bench.figures import Figure, ratios
from bench.rounds import Runs

#: key: label, numerator, denominator, at least, at most.
RATIOS: dict[str, tuple[str, str, str, float | None, float | None]] = {
    "single_vs_drain": (
        "one reading a message, to the bare drain",
        "single.ours",
        "single.drain",
        0.85,
        None,
    ),
    "batch_vs_copy": (
        "100 readings a message, 1,000 sensors, to the bare COPY",
        "batch.ours",
        "batch.copy",
        0.6,
        None,
    ),
    "fleet_vs_copy": (
        "100 readings a message, 100,000 sensors, to the bare COPY",
        "fleet.ours",
        "fleet.copy",
        0.2,
        None,
    ),
    "single_vs_orm_loop": (
        "one reading a message, to a loop with the ORM",
        "single.ours",
        "loop.first",
        25,
        None,
    ),
    "single_vs_celery_task": (
        "one reading a message, to a Celery task a reading",
        "single.ours",
        "task.first",
        None,
        None,
    ),
    "two_workers_vs_one": (
        "two workers to one, 100 readings a message",
        "batch.two",
        "batch.ours",
        None,
        None,
    ),
    "two_workers_vs_one_single": (
        "two workers to one, one reading a message",
        "single.two",
        "single.ours",
        None,
        None,
    ),
    "backlog_rate_ratio": (
        "a backlog into a full table, to one into an empty table",
        "batch.full",
        "batch.ours",
        0.85,
        1.15,
    ),
    "single_summing_ratio": (
        "one reading a message, while quarter hours are summed, to without",
        "single.summed",
        "single.unsummed",
        0.9,
        None,
    ),
    "batch_summing_ratio": (
        "100 readings a message, while quarter hours are summed, to without",
        "batch.summed",
        "batch.unsummed",
        0.9,
        None,
    ),
}
LABELS = {
    "single": "one reading a message, 1,000 sensors",
    "batch": "100 readings a message, 1,000 sensors",
    "fleet": "100 readings a message, a large fleet",
    "loop": "a loop with the ORM",
    "task": "a Celery task a reading",
    "drain": "bare drain",
    "copy": "bare COPY",
    "ours": "the platform",
    "two": "the platform, two workers",
    "full": "the platform, into a full table",
    "first": "the baseline",
    "summed": "the platform, summing",
    "unsummed": "the platform, not summing",
    "sum": "summing alone",
    "pass": "summing one reading of each alone",
}


def get_ratios(runs: Runs) -> dict[str, Figure]:
    """Those whose both sides were measured."""
    figures = {}
    for key, (label, above, below, at_least, at_most) in RATIOS.items():
        if above in runs and below in runs:
            values = ratios([run.per_s for run in runs[above]], [run.per_s for run in runs[below]])
            figures[key] = Figure(label, "", values, at_least=at_least, at_most=at_most)
    return figures


def get_details(runs: Runs) -> dict[str, Figure]:
    """Rates, CPU seconds, bytes and memory of each measurement, by its name and what it is."""
    return {
        f"{name}.{what}": figure
        for name, taken in runs.items()
        for what, figure in _columns(taken).items()
    }


def as_rows(runs: Runs) -> dict[str, dict[str, Figure]]:
    """The same, by a label for people."""
    return {
        ": ".join(LABELS[part] for part in name.split(".")): _columns(taken)
        for name, taken in runs.items()
    }


def get_bytes_per_reading(runs: Runs) -> dict[str, Figure]:
    """A reading's bytes on disk after a large backlog, if one was stored."""
    taken = _columns(runs.get("batch.ours", []))
    return {"bytes_per_reading": taken["bytes"]} if "bytes" in taken else {}


def get_summing_rate(runs: Runs) -> dict[str, Figure]:
    """How much the task sums in a second while nothing else is done, if that was measured."""
    measured = {
        "summing_per_s": ("batch.sum", "readings/s"),
        "summing_sensors_per_s": ("fleet.pass", "sensors with news/s"),
    }
    return {
        key: Figure("summing alone", unit, [run.per_s for run in runs[name]])
        for key, (name, unit) in measured.items()
        if name in runs
    }


def _columns(taken: list[Run]) -> dict[str, Figure]:
    columns = {"per_s": Figure("readings/s", "readings/s", [run.per_s for run in taken])}
    for process in taken[0].cpu_s if taken else ():
        cpu_s = [run.cpu_s[process] / run.readings * 1e6 for run in taken]
        columns[f"cpu.{process}"] = Figure(f"CPU s: {process}", "CPU s/1e6 readings", cpu_s)
    on_disk = [run.bytes_a_reading for run in taken if run.bytes_a_reading is not None]
    if on_disk:
        columns["bytes"] = Figure("on disk, a reading", "bytes", on_disk)
    memory_mb = [run.peak_memory_mb for run in taken if run.peak_memory_mb is not None]
    if memory_mb:
        columns["memory"] = Figure("worker's memory", "MB", memory_mb)
    return columns
