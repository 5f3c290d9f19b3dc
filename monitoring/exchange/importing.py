"""Imports past readings from CSV, by the path and the rules of live ones.

The file is read once, a batch at a time, so memory does not depend on its size. A batch is one
transaction. An import that was cut off is simply run again: what is stored already is a repeat.
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import compress
from typing import NamedTuple

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _

from monitoring.exchange.lines import MAX_LINE_CHARACTERS, NotLines, split_lines
from monitoring.exchange.months import MonthMaker
from monitoring.ingest.batch import UNKNOWN, Refusal
from monitoring.ingest.salvage import store_or_quarantine
from monitoring.ingest.states import SensorKeys
from monitoring.rules.instants import to_us
from monitoring.rules.table import (
    COLUMNS,
    BadHeader,
    ParsedRows,
    Pick,
    RejectedRow,
    parse_rows,
    read_header,
)

ROWS_A_BATCH = 20_000


class BadFile(ValueError):
    """The file as a whole cannot be imported."""


class ImportedBatch(NamedTuple):
    """What became of some rows of a file, after their commit."""

    lines: int
    rows: int
    stored: int
    repeated: int
    rejected: list[RejectedRow]


def import_readings(
    pieces: Iterable[bytes], *, allowed: Collection[str] | None = None
) -> Iterator[ImportedBatch]:
    """Stores the readings of a CSV file, which comes in pieces, and tells of each batch.

    ``allowed`` are the sensors' UUIDs that may be written; None: all. To everybody else a sensor
    is as unknown as one that does not exist. Raises ``BadFile`` where the file has no header or
    no lines, and what the store raises; what was told before stays stored.
    """
    keys, months = SensorKeys(), MonthMaker()
    try:
        for first, pick, lines in _batches(pieces):
            parsed = parse_rows(lines, first=first, pick=pick, now_us=to_us(timezone.now()))
            if allowed is not None:
                parsed = _keep_allowed(parsed, allowed)
            months.make(np.frombuffer(parsed.readings.measured_at_us, np.int64))
            yield _store(parsed, len(lines), keys)
    except NotLines:
        text = _("A line has more than %(most)d characters.")
        raise BadFile(text % {"most": MAX_LINE_CHARACTERS}) from None
    except BadHeader as problem:
        text = _(
            "The first line must name the columns %(columns)s; %(missing)s is missing in %(line)s."
        )
        names = {"missing": problem.missing, "line": problem.line}
        raise BadFile(text % {"columns": ", ".join(COLUMNS), **names}) from None


def _batches(pieces: Iterable[bytes]) -> Iterator[tuple[int, Pick, list[str]]]:
    """Lines of rows, the number of the first, and how to read them."""
    pick: Pick | None = None
    waiting: list[str] = []
    first = 2
    for lines in split_lines(pieces):
        if pick is None and lines:
            pick = read_header(lines.pop(0))
        waiting += lines
        while pick and len(waiting) >= ROWS_A_BATCH:
            yield first, pick, waiting[:ROWS_A_BATCH]
            del waiting[:ROWS_A_BATCH]
            first += ROWS_A_BATCH
    if pick is None:
        raise BadFile(_("The file is empty."))
    if waiting:
        yield first, pick, waiting


def _keep_allowed(parsed: ParsedRows, allowed: Collection[str]) -> ParsedRows:
    readings = parsed.readings
    may = [uuid in allowed for uuid in readings.sensor_uuids]
    foreign = [
        RejectedRow(line, *UNKNOWN)
        for line, is_mine in zip(parsed.lines, may, strict=True)
        if not is_mine
    ]
    if not foreign:
        return parsed
    mine = [row for row, is_mine in enumerate(may) if is_mine]
    return ParsedRows(
        readings.pick(mine), list(compress(parsed.lines, may)), [*parsed.rejected, *foreign]
    )


def _store(parsed: ParsedRows, lines: int, keys: SensorKeys) -> ImportedBatch:
    stored = 0
    refused: list[Refusal] = []
    if parsed.lines:
        for part in store_or_quarantine(parsed.readings, (), keys=keys, is_backfill=True):
            stored += part.readings
            refused += part.refusals
    rejected = [*parsed.rejected, *_name_lines(parsed, refused)]
    repeated = parsed.row_count - stored - len(rejected)
    return ImportedBatch(lines, parsed.row_count, stored, repeated, sorted(rejected))


def _name_lines(parsed: ParsedRows, refused: list[Refusal]) -> Iterator[RejectedRow]:
    """The lines of the readings that the store has refused, repeats of these included."""
    if not refused:
        return
    reasons = {
        reading: (refusal.reason, refusal.detail)
        for refusal in refused
        for reading in refusal.readings
    }
    for reading, line in zip(parsed.readings, parsed.lines, strict=True):
        if reading in reasons:
            yield RejectedRow(line, *reasons[reading])
