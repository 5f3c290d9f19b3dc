"""The table for people and the JSON for programs."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.figures import Figure

RESULTS = Path(__file__).resolve().parent / "results"


def as_table(headlines: Mapping[str, Figure], details: Mapping[str, Figure]) -> str:
    """Headlines with what is to be reached, then the details; median and spread of each."""
    lines = [_line("", "median", "spread", "to reach")]
    lines += [_figure_line(figure) for figure in headlines.values()]
    lines += ["", *(_figure_line(figure) for figure in details.values())]
    return "\n".join(line.rstrip() for line in lines)


def write_json(
    path: Path,
    headlines: Mapping[str, Figure],
    details: Mapping[str, Figure],
    about: Mapping[str, Any],
) -> None:
    """The medians of the headlines by their keys, then everything with its spread."""
    document = {
        **{key: figure.median for key, figure in headlines.items()},
        "headlines": {key: figure.as_json() for key, figure in headlines.items()},
        "details": {key: figure.as_json() for key, figure in details.items()},
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        **about,
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document, indent=2, allow_nan=False) + "\n")


def _figure_line(figure: Figure) -> str:
    spread = f"{_number(min(figure.values))} … {_number(max(figure.values))}"
    label = f"{figure.label} ({figure.unit})" if figure.unit else figure.label
    return _line(label, _number(figure.median), spread, _target(figure))


def _line(label: str, median: str, spread: str, target: str) -> str:
    return f"{label:<76}{median:>11}{spread:>24}   {target}"


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
