"""Charts as pages hand them to the browser: a JSON island to draw, and the same as a table.

``energy/static/energy/charts.js`` draws what ``monitoring/chart.html`` includes:

    {% include "monitoring/chart.html" with chart=page.consumption_chart %}

The page's head includes ``monitoring/chart_assets.html``. The island's ``kind`` is ``time`` (lines
over time), ``bars`` (categories) or ``heat`` (columns by rows). Times are milliseconds since 1970;
a missing value is None.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from monitoring.rules.columns import Floats, Instants
from monitoring.templatetags.quantities import SHOWN_DECIMALS


@dataclass(frozen=True)
class Table:
    """The numbers of a chart as text: a head, and rows whose first cell names the row."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Chart:
    """What is drawn. ``id`` is unique on its page; ``title`` says what a listener would miss."""

    id: str
    title: str
    data: Mapping[str, Any]
    table: Table
    #: What holds of the numbers, drawn or not.
    note: str = ""
    #: How to read the drawing: not said where nothing is drawn.
    key: str = ""
    #: The names of ``line-1`` and so on, or of the bars side by side, where there are several.
    legend: Sequence[str] = ()
    #: "", or "low" for one that needs less height.
    size: str = ""

    @property
    def data_id(self) -> str:
        """The id of the JSON island."""
        return f"{self.id}-data"


def make_time_chart(
    *,
    unit: str,
    start_ms: int,
    end_ms: int,
    series: Sequence[Mapping[str, Any]],
    **more: Any,
) -> dict[str, Any]:
    """Lines over ``[start, end)``. A series has ``name``, ``points`` and perhaps ``style``.

    Styles: ``line``, ``area``, ``dashed``, ``other``; ``line-1`` to ``line-6`` where lines are
    alike. ``is_stepped`` is a line that keeps each value until the next. A line that grows as
    readings arrive has ``sensor`` (UUID) and ``newest`` (ms, kWh), and where lines have limits of
    their own, ``limit``.

    ``more``: ``limit`` with ``limit_label``; ``peaks``, each with ``start``, ``end``, ``power_kw``
    and ``url``; ``longest_ms`` between two readings of a line that grows.
    """
    data = {"kind": "time", "unit": unit, "start": start_ms, "end": end_ms}
    return {**data, "series": list(series), **more}


def make_bars(
    *, unit: str, labels: Sequence[str], series: Sequence[Mapping[str, Any]], **more: Any
) -> dict[str, Any]:
    """Bars side by side. A series has ``name``, ``values`` and perhaps ``style``.

    Styles: ``current``, ``usual``, ``projected``. ``more``: ``names`` (long labels), ``links`` (an
    address a bar), ``limit`` with ``limit_label``.
    """
    return {"kind": "bars", "unit": unit, "labels": list(labels), "series": list(series), **more}


def make_heat(
    *,
    unit: str,
    columns: Sequence[str],
    rows: Sequence[str],
    values: Sequence[Sequence[float | None]],
    names: Sequence[str],
    **more: Any,
) -> dict[str, Any]:
    """A field of values, ``values[row][column]``, and the cells' long names, row by row.

    ``more``: ``links``, an address a cell, row by row.
    """
    cells = [
        (column, row, value) for row, line in enumerate(values) for column, value in enumerate(line)
    ]
    lists = {"columns": list(columns), "rows": list(rows), "names": list(names), "cells": cells}
    return {"kind": "heat", "unit": unit, **lists, **more}


#: Of what is drawn: finer than a pixel. What is written has fewer decimals (``quantities``).
DRAWN_DECIMALS = 3


def to_json_values(values: Floats) -> list[float | None]:
    """A column for an island: rounded, NaN as None."""
    rounded = np.round(values, DRAWN_DECIMALS).tolist()
    return [None if value != value else value for value in rounded]  # noqa: PLR0124 - NaN


def to_cell(value: float | None) -> str:
    """A number in a table, as the reader's language writes it."""
    return "–" if value is None else number_format(value, SHOWN_DECIMALS, force_grouping=True)


def link(text: str, url: str) -> SafeString:
    """A table's cell that leads where a click on the drawing does: there is no key for that one."""
    return format_html('<a href="{}">{}</a>', url, text)


def to_ms(at_us: Instants) -> list[int]:
    """UTC microseconds as the milliseconds that browsers count."""
    milliseconds: list[int] = (at_us // 1000).tolist()
    return milliseconds
