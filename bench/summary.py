"""The figures of the rounds: ratios with what is to be reached, and what they are made of."""

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
    """Rates, CPU seconds and bytes of each measurement."""
    figures = {}
    for name, taken in runs.items():
        label = ": ".join(LABELS[part] for part in name.split("."))
        figures[f"{name}.per_s"] = Figure(label, "readings/s", [run.per_s for run in taken])
        for process in taken[0].cpu_s:
            figures[f"{name}.cpu.{process}"] = Figure(
                f"{label}: CPU of {process}",
                "CPU s per million",
                [run.cpu_s[process] / run.readings * 1e6 for run in taken],
            )
        bytes_a_reading = [run.bytes_a_reading for run in taken if run.bytes_a_reading]
        if bytes_a_reading:
            figures[f"{name}.bytes"] = Figure(f"{label}: on disk", "bytes/reading", bytes_a_reading)
    return figures
