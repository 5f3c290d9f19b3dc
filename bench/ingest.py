"""`make bench`: ingestion, latency and memory, in parts that can be chosen."""

from bench.latency import Latency
from bench.memory import get_worker_memory, measure_locked
from bench.report import Report, as_runs_table, as_table
from bench.rounds import PARTS as PARTS_IN_ROUNDS
from bench.rounds import Rounds
from bench.stage import Stage
from bench.summary import (
    as_rows,
    get_bytes_per_reading,
    get_details,
    get_ratios,
    get_summing_rate,
)

LATENCY = "latency"
MEMORY = "memory"
PARTS = [*PARTS_IN_ROUNDS, MEMORY, LATENCY]


def measure_ingestion(stage: Stage, parts: list[str]) -> Report:
    """Takes the parts and sums them up."""
    runs = Rounds(stage).take(parts)
    headlines = {**get_ratios(runs), **get_bytes_per_reading(runs), **get_summing_rate(runs)}
    details = get_details(runs)
    if MEMORY in parts:
        locked = measure_locked(stage)
        spoiled = measure_locked(stage, spoiled=True)
        headlines["worker_rss_mb"] = get_worker_memory(runs, locked, spoiled)
        details["locked.memory"] = locked
        details["spoiled.memory"] = spoiled
    if LATENCY in parts:
        headlines |= Latency(stage).take()
    text = as_table(headlines)
    if runs:
        text += f"\n\nCPU: seconds a million readings\n\n{as_runs_table(as_rows(runs))}"
    return Report(text, headlines, details)
