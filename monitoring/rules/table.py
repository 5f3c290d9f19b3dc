"""The rule of CSV files with past readings: what a row may hold, and why one is rejected.

UTF-8, commas, one reading a line, and a header that names the columns in any order::

    timestamp,sensor_id,measurement_value
    2026-03-10T12:00:00+02:00,5c2494a3-…,0.1

A cell is accepted if the wire message's field would be: a number is a JSON number, a time is ISO
8601 with an offset or a number. One bad row never costs its neighbours. Further columns are
ignored.
"""

import csv
import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from monitoring.rules.json_text import decode
from monitoring.rules.readings import Readings
from monitoring.rules.rejections import Unacceptable, printable
from monitoring.rules.wire import read_items

COLUMNS = ("timestamp", "sensor_id", "measurement_value")

_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?").fullmatch

#: Picks the three cells out of a row, in the order of ``COLUMNS``.
Pick = Callable[[Sequence[str]], tuple[str, str, str]]


class BadHeader(ValueError):
    """The file does not begin with the names of the columns: ``missing`` are not in ``line``."""

    def __init__(self, *, missing: str, line: str) -> None:
        super().__init__(missing)
        self.missing = missing
        self.line = line


class RejectedRow(NamedTuple):
    """A row that is not accepted: its line, counted from 1, a short code, and a sentence."""

    line: int
    reason: str
    detail: str


class ParsedRows(NamedTuple):
    """What some lines of a file held: readings with the line of each, and rejections."""

    readings: Readings
    lines: list[int]
    rejected: list[RejectedRow]

    @property
    def row_count(self) -> int:
        """How many rows there were."""
        return len(self.lines) + len(self.rejected)


def read_header(line: str) -> Pick:
    """How to find the cells of a row. Raises ``BadHeader``."""
    names = [name.strip() for name in _cells(line)]
    if missing := [name for name in COLUMNS if name not in names]:
        raise BadHeader(missing=", ".join(missing), line=printable(line))
    return itemgetter(*(names.index(name) for name in COLUMNS))


def parse_rows(lines: Sequence[str], *, first: int, pick: Pick, now_us: int) -> ParsedRows:
    """The rows in ``lines``, of which the first one is line ``first`` of the file.

    Blank lines are no rows. ``now_us`` is the present in UTC microseconds since 1970.
    """
    filled = [line for line in lines if line.strip()]
    numbers = [number for number, line in enumerate(lines, first) if line.strip()]
    readings = _read_columns(filled, pick, now_us)
    bad: list[tuple[int, Unacceptable]] = []
    if readings is None:
        readings, bad = read_items([_read_row(line, pick) for line in filled], now_us=now_us)
    rejected = [RejectedRow(numbers[at], problem.reason, problem.detail) for at, problem in bad]
    for at, _ in reversed(bad):
        del numbers[at]
    return ParsedRows(readings, numbers, rejected)


def _read_columns(lines: Sequence[str], pick: Pick, now_us: int) -> Readings | None:
    """The readings of faultless rows, a column at a time; None when in doubt."""
    if not lines or any('"' in line for line in lines):
        return None
    try:
        picked = [pick(line.split(",")) for line in lines]
        timestamps, sensor_ids, values = zip(*picked, strict=True)
        times = _numbers(timestamps) if timestamps[0][:5].isdigit() else timestamps
        items = list(map(list, zip(times, sensor_ids, _numbers(values), strict=True)))
    except (IndexError, ValueError):  # orjson's errors are ValueErrors
        return None
    readings, bad = read_items(items, now_us=now_us)
    return None if bad else readings


def _numbers(cells: Sequence[str]) -> list[Any]:
    """The JSON values of a column. Raises ``ValueError`` if a cell is none, or more than one."""
    numbers: list[Any] = orjson.loads(f"[{','.join(cells)}]")
    if len(numbers) != len(cells):
        raise ValueError("a cell is not one value")
    return numbers


def _read_row(line: str, pick: Pick) -> list[Any]:
    """The item of one row, whatever it holds; what is no reading the rule of messages rejects."""
    try:
        timestamp, sensor_id, value = (cell.strip() for cell in pick(_cells(line)))
    except IndexError:
        return []
    return [_number_or_text(timestamp), sensor_id, _number_or_text(value)]


def _number_or_text(cell: str) -> Any:
    return decode(cell.encode()) if _JSON_NUMBER(cell) else cell


def _cells(line: str) -> list[str]:
    """The cells of one line: a quote that is left open ends with it."""
    try:
        return next(csv.reader([line], skipinitialspace=True), [])
    except csv.Error:
        return line.split(",")
