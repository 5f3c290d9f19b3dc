"""What the rounds' runs become: ratios, rates and costs."""

import json
from pathlib import Path

import pytest

from bench.clock import Run
from bench.figures import Figure
from bench.report import Report, as_grid, as_runs_table, as_table, write_json
from bench.summary import (
    as_rows,
    get_bytes_per_reading,
    get_details,
    get_ratios,
    get_summing_rate,
)

OURS = Run(
    readings=1_000,
    seconds=0.5,
    cpu_s={"worker": 0.25, "postgres": 0.125},
    peak_memory_mb=150.0,
    bytes_a_reading=97.0,
)


def test_ratios_are_of_the_rates_round_by_round() -> None:
    runs = {
        "single.ours": [Run(1_000, 1.0), Run(1_000, 2.0), Run(1_000, 4.0)],
        "single.drain": [Run(1_000, 0.5), Run(1_000, 1.5), Run(1_000, 4.0)],
    }
    found = get_ratios(runs)
    assert set(found) == {"single_vs_drain"}
    assert found["single_vs_drain"].values == pytest.approx([0.5, 0.75, 1.0])
    assert found["single_vs_drain"].median == pytest.approx(0.75)


def test_costs_are_for_a_million_readings() -> None:
    details = get_details({"batch.ours": [OURS]})
    assert {key: figure.median for key, figure in details.items()} == {
        "batch.ours.per_s": 2_000,
        "batch.ours.cpu.worker": 250,
        "batch.ours.cpu.postgres": 125,
        "batch.ours.bytes": 97,
        "batch.ours.memory": 150,
    }
    assert get_bytes_per_reading({"batch.ours": [OURS]})["bytes_per_reading"].median == 97
    assert get_bytes_per_reading({}) == {}


def test_a_raw_limit_has_a_rate_and_no_made_up_costs() -> None:
    assert set(get_details({"batch.copy": [Run(10, 2.0)]})) == {"batch.copy.per_s"}


def test_the_tables_show_median_spread_and_what_was_missed() -> None:
    figure = Figure("to the bare drain", "", [0.5, 0.7, 0.6], at_least=0.85)
    line = as_table({"single_vs_drain": figure}).splitlines()[1]
    assert line.split() == ["to", "the", "bare", "drain", "0.6", "0.5–0.7", "≥", "0.85:", "NO"]
    met = Figure("", "ms", [19.0], at_most=25)
    assert as_table({"latency": met}).endswith("≤ 25: yes")
    row = as_runs_table(as_rows({"batch.ours": [OURS]})).splitlines()[1]
    assert row.split()[-6:] == ["2,000", "2,000–2,000", "250", "125", "97", "150"]


def test_a_grid_leaves_out_what_a_row_does_not_have() -> None:
    rows = {
        "2": {"a": Figure("a", "s", [1.0])},
        "100": {"a": Figure("a", "s", [2.0]), "b": Figure("b", "kB", [3.0])},
    }
    header, first, second = as_grid("sockets", rows).splitlines()
    assert header.split() == ["sockets", "a", "(s)", "b", "(kB)"]
    assert first.split() == ["2", "1"]
    assert second.split() == ["100", "2", "3"]


def test_the_json_has_medians_by_their_keys(tmp_path: Path) -> None:
    report = Report("", {"batch_vs_copy": Figure("", "", [0.5, 0.75, 0.625])})
    write_json(tmp_path / "new" / "ingest.json", report, {"versions": {"python": "3.13"}})
    written = json.loads((tmp_path / "new" / "ingest.json").read_text())
    assert written["batch_vs_copy"] == 0.625
    assert written["headlines"]["batch_vs_copy"]["min"] == 0.5
    assert written["headlines"]["batch_vs_copy"]["max"] == 0.75
    assert written["versions"] == {"python": "3.13"}


def test_summing_rate_is_told_where_it_was_measured() -> None:
    assert get_summing_rate({"batch.sum": [Run(1_000, 0.5)]})["summing_per_s"].median == 2_000
    found = get_summing_rate({"batch.ours": [OURS], "fleet.pass": [Run(1_000, 0.1)]})
    assert {key: figure.median for key, figure in found.items()} == {
        "summing_sensors_per_s": 10_000
    }


def test_summing_is_held_against_the_same_without() -> None:
    found = get_ratios({"batch.summed": [Run(900, 1.0)], "batch.unsummed": [Run(1_000, 1.0)]})
    assert found["batch_summing_ratio"].values == pytest.approx([0.9])
