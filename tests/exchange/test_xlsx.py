"""XLSX, read back by an independent library."""

import io
import math
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from monitoring.exchange.chunks import Chunk
from monitoring.exchange.xlsx import write_xlsx
from monitoring.rules.intervals import Quality
from tests.exchange.columns import ONE, chunk_of

NAMES = ("Flat", "Main meter")
BUCHAREST = ZoneInfo("Europe/Bucharest")
NIGHT = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)


def book_of(*chunks: Chunk) -> Any:
    return openpyxl.load_workbook(io.BytesIO(b"".join(write_xlsx(chunks, zone=BUCHAREST))))


def test_cells_are_dates_numbers_and_text_with_units() -> None:
    values = [(0.1 + 0.2, Quality.MEASURED), (2.5, Quality.ESTIMATED), (math.nan, Quality.MISSING)]
    sheet = book_of(chunk_of(NIGHT, values)).active
    header, first, second, third = sheet.iter_rows(values_only=True)
    assert header == (
        "interval_start (Europe/Bucharest)",
        "interval_end (Europe/Bucharest)",
        "utc_offset",
        "device",
        "sensor",
        "sensor_id",
        "energy (kWh)",
        "quality",
    )
    three = datetime(2026, 10, 25, 3)  # noqa: DTZ001 - as cells are
    four = datetime(2026, 10, 25, 4)  # noqa: DTZ001
    assert first == (three, three, "+03:00", *NAMES, str(ONE), 0.3, "measured")
    assert second == (three, four, "+02:00", *NAMES, str(ONE), 2.5, "estimated")
    assert third[5:] == (str(ONE), None, "missing")
    assert sheet["A2"].number_format == "yyyy-mm-dd hh:mm:ss"


@pytest.mark.parametrize("name", ["=1+1", "{=1+1}", "+1", "@SUM(1,2)", "http://x", "<&>"])
def test_names_are_text_whatever_they_hold(name: str) -> None:
    chunk = chunk_of(NIGHT, [(1.0, Quality.MEASURED)], sensor=name, device=name)
    _, row = book_of(chunk).active.iter_rows()
    assert [(cell.data_type, cell.value, cell.hyperlink) for cell in row[3:5]] == [
        ("s", name, None)
    ] * 2


def test_nothing_is_left_when_nobody_waits_for_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    chunk = chunk_of(NIGHT, [(1.0, Quality.MEASURED)])
    pieces = write_xlsx(iter([chunk] * 3), zone=BUCHAREST)
    assert next(pieces) == b""
    assert list(tmp_path.iterdir())
    pieces.close()
    assert not list(tmp_path.iterdir())
