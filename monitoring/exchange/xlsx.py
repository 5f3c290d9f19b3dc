"""Consumption as an Excel workbook (Office Open XML)."""

from collections.abc import Generator, Iterable
from datetime import datetime
from functools import partial
from math import isnan
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from xlsxwriter import Workbook

from monitoring.exchange.chunks import Chunk
from monitoring.exchange.rows import QUALITIES
from monitoring.rules.instants import from_us
from monitoring.rules.rounding import round_kwh

PIECE_BYTES = 64 * 1024
WIDTHS = (26, 26, 12, 24, 24, 38, 14, 12)


def write_xlsx(chunks: Iterable[Chunk], *, zone: ZoneInfo) -> Generator[bytes]:
    """A row an interval, missing ones too: dates as the clock of ``zone`` shows them, kWh.

    A workbook is an archive whose table of contents comes last: it is written to a temporary
    file, row by row, and then given in pieces. Until then each chunk gives an empty piece, so
    that whoever waits can stop in between. There must be no more rows than a worksheet has:
    ``Export`` sees to that.
    """
    with TemporaryDirectory(prefix="export-") as folder:
        path = Path(folder, "consumption.xlsx")
        book = Workbook(path, {"constant_memory": True, "tmpdir": folder, "use_zip64": True})
        table = _Table(book, zone)
        try:
            for chunk in chunks:
                table.add(chunk)
                yield b""
        finally:
            book.close()  # its temporary files too
        with path.open("rb") as file:
            yield from iter(partial(file.read, PIECE_BYTES), b"")


class _Table:
    """The rows of a worksheet."""

    def __init__(self, book: Any, zone: ZoneInfo) -> None:
        self._zone = zone
        self._time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._energy = book.add_format({"num_format": "0.000"})
        self._sheet = book.add_worksheet()
        self._row = 0
        self._add_heading(book.add_format({"bold": True}))

    def add(self, chunk: Chunk) -> None:
        columns = chunk.consumption
        rows = zip(
            columns.start_us.tolist(),
            columns.end_us.tolist(),
            columns.kwh.tolist(),
            columns.quality.tolist(),
            strict=True,
        )
        for start_us, end_us, kwh, quality in rows:
            start, end = (from_us(at).astimezone(self._zone) for at in (start_us, end_us))
            self._add_row(start, end, chunk, kwh, QUALITIES[quality])

    def _add_row(self, start: datetime, end: datetime, of: Chunk, kwh: float, quality: str) -> None:
        sheet, row = self._sheet, self._row
        sheet.write_datetime(row, 0, start.replace(tzinfo=None), self._time)
        sheet.write_datetime(row, 1, end.replace(tzinfo=None), self._time)
        # A cell knows no time zone; in autumn an hour occurs twice.
        sheet.write_string(row, 2, start.isoformat()[-6:])
        # As text, whatever a name looks like: no cell holds a formula.
        sheet.write_string(row, 3, of.device)
        sheet.write_string(row, 4, of.sensor)
        sheet.write_string(row, 5, str(of.sensor_uuid))
        if not isnan(kwh):
            sheet.write_number(row, 6, round_kwh(kwh), self._energy)
        sheet.write_string(row, 7, quality)
        self._row += 1

    def _add_heading(self, bold: Any) -> None:
        names = (
            f"interval_start ({self._zone.key})",
            f"interval_end ({self._zone.key})",
            "utc_offset",
            "device",
            "sensor",
            "sensor_id",
            "energy (kWh)",
            "quality",
        )
        for column, (name, width) in enumerate(zip(names, WIDTHS, strict=True)):
            self._sheet.set_column(column, column, width)
            self._sheet.write_string(0, column, name, bold)
        self._sheet.freeze_panes(1, 0)
        self._row = 1
