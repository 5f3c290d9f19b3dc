"""CSV: one row an interval."""

import csv
import io
import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from monitoring.exchange.chunks import Chunk
from monitoring.exchange.csv import HEADER, write_csv
from monitoring.rules.intervals import Quality
from tests.conftest import NOON
from tests.exchange.columns import ONE, OTHER, chunk_of

NAMES = ["Main meter", "Flat"]
BUCHAREST = ZoneInfo("Europe/Bucharest")


def rows(*chunks: Chunk) -> list[list[str]]:
    text = b"".join(write_csv(chunks, zone=BUCHAREST)).decode()
    return list(csv.reader(text.splitlines()))


def test_rows_have_the_zones_offsets_kwh_and_quality() -> None:
    # The clock goes back from 04:00 to 03:00.
    night = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    values = [(0.1 + 0.2, Quality.MEASURED), (1e-6, Quality.ESTIMATED), (math.nan, Quality.MISSING)]
    chunks = chunk_of(night, values), chunk_of(night, [(2.0, Quality.MEASURED)], sensor_uuid=OTHER)
    header, *found = rows(*chunks)
    assert header == HEADER.split(",")
    assert header[-2:] == ["sensor", "device"]
    assert found == [
        [
            "2026-10-25T03:00:00+03:00",
            "2026-10-25T03:00:00+02:00",
            str(ONE),
            "0.300000",
            "measured",
            *NAMES,
        ],
        [
            "2026-10-25T03:00:00+02:00",
            "2026-10-25T04:00:00+02:00",
            str(ONE),
            "0.000001",
            "estimated",
            *NAMES,
        ],
        ["2026-10-25T04:00:00+02:00", "2026-10-25T05:00:00+02:00", str(ONE), "", "missing", *NAMES],
        [
            "2026-10-25T03:00:00+03:00",
            "2026-10-25T03:00:00+02:00",
            str(OTHER),
            "2.000000",
            "measured",
            *NAMES,
        ],
    ]


def test_without_sensors_there_is_a_header() -> None:
    assert len(rows()) == 1


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("Heat pump, cellar", "Heat pump, cellar"),
        ('The "good" one', 'The "good" one'),
        ("Two\nlines", "Two\nlines"),
        ("Încălzire = bună", "Încălzire = bună"),
        ("1 - 2", "1 - 2"),
        ('=HYPERLINK("http://x","y")', '\'=HYPERLINK("http://x","y")'),
        ("+1", "'+1"),
        ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"),
        ("@SUM(1,2)", "'@SUM(1,2)"),
        ("\t=1", "'\t=1"),
        ("\r\n=1", "'\r\n=1"),
        ("\N{NO-BREAK SPACE}=1", "'\N{NO-BREAK SPACE}=1"),
        ("＝1", "'＝1"),
    ],
)
def test_names_are_text_whatever_they_hold(name: str, cell: str) -> None:
    chunk = chunk_of(NOON, [(1.0, Quality.MEASURED)], sensor=name, device=name)
    text = b"".join(write_csv([chunk], zone=BUCHAREST)).decode()
    (_, row) = csv.reader(io.StringIO(text, newline=""))
    assert row[-2:] == [cell, cell]
