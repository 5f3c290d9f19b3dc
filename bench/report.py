"""The table for people and the JSON for programs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.figures import Figure

RESULTS = Path(__file__).resolve().parent / "results"


COLUMNS = {
    "per_s": "readings/s",
    "spread": "spread",
    "cpu.worker": "worker",
    "cpu.postgres": "postgres",
    "cpu.rabbitmq": "rabbitmq",
    "bytes": "bytes",
    "memory": "MB",
}


def as_table(figures: Mapping[str, Figure]) -> str:
    """A line a figure: median, spread, and what is to be reached."""
    lines = [_line("", "median", "spread", "to reach")]
    lines += [_figure_line(figure) for figure in figures.values()]
    return "\n".join(line.rstrip() for line in lines)


def as_runs_table(rows: Mapping[str, Mapping[str, Figure]]) -> str:
    """A line a measurement: rate with its spread, CPU seconds a million readings, bytes, memory."""
    width = max(map(len, rows), default=0)
    lines = [_cells("", width, COLUMNS)]
    for label, figures in rows.items():
        cells = {what: _number(figure.median) for what, figure in figures.items()}
        lines.append(_cells(label, width, {**cells, "spread": _spread(figures["per_s"])}))
    return "\n".join(line.rstrip() for line in lines)


def as_grid(corner: str, rows: Mapping[str, Mapping[str, Figure]]) -> str:
    """A line a row, a column a figure: medians under label and unit."""
    # The first row may lack what is a difference to it.
    columns = max(rows.values(), key=len)
    width = max(map(len, [corner, *rows]))
    widths = {key: max(len(_heading(figure)), 9) + 2 for key, figure in columns.items()}
    headings = "".join(f"{_heading(figure):>{widths[key]}}" for key, figure in columns.items())
    lines = [f"{corner:<{width}}{headings}"]
    for label, row in rows.items():
        cells = {key: _number(figure.median) for key, figure in row.items()}
        line = "".join(f"{cells.get(key, ''):>{widths[key]}}" for key in columns)
        lines.append(f"{label:<{width}}{line}".rstrip())
    return "\n".join(lines)


@dataclass(frozen=True)
class Report:
    """What a benchmark found: for people, and by the keys that programs know."""

    text: str
    headlines: Mapping[str, Figure]
    details: Mapping[str, Figure] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """The medians of the headlines by their keys, then everything with its spread."""
        return {
            **{key: figure.median for key, figure in self.headlines.items()},
            "headlines": {key: figure.as_json() for key, figure in self.headlines.items()},
            "details": {key: figure.as_json() for key, figure in self.details.items()},
        }


def write_json(path: Path, report: Report, about: Mapping[str, Any]) -> None:
    """Writes a report and what it depends on."""
    measured_at = datetime.now(UTC).isoformat(timespec="seconds")
    document = {**report.as_json(), "measured_at": measured_at, **about}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document, indent=2, allow_nan=False) + "\n")


def _figure_line(figure: Figure) -> str:
    return _line(_heading(figure), _number(figure.median), _spread(figure), _target(figure))


def _heading(figure: Figure) -> str:
    return f"{figure.label} ({figure.unit})" if figure.unit else figure.label


def _spread(figure: Figure) -> str:
    return f"{_number(min(figure.values))}–{_number(max(figure.values))}"


def _cells(label: str, width: int, cells: Mapping[str, str]) -> str:
    columns = (f"{cells.get(what, ''):>{20 if what == 'spread' else 11}}" for what in COLUMNS)
    return f"{label:<{width}}{''.join(columns)}"


def _line(label: str, median: str, spread: str, target: str) -> str:
    return f"{label:<62}{median:>11}{spread:>20}   {target}"


def _target(figure: Figure) -> str:
    if not figure.has_target:
        return ""
    bounds = []
    if figure.at_least is not None:
        bounds.append(f"≥ {figure.at_least:g}")
    if figure.at_most is not None:
        bounds.append(f"≤ {figure.at_most:g}")
    return f"{' and '.join(bounds)}: {'yes' if figure.is_reached else 'NO'}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
