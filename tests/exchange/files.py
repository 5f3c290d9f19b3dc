"""What files hold, and what the database holds, in the same form: so that they can be compared."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import openpyxl
from django.db import connection

from devices.models import Sensor
from monitoring.exchange.formats import Format
from monitoring.rules.intervals import Quality
from tests.exchange.espi import ATOM, ESPI


class Row(NamedTuple):
    """A quarter hour of a sensor."""

    sensor_id: str
    started_at: datetime
    kwh: float  # to 1e-6
    quality: str


def stored_rows(sensors: Iterable[Sensor]) -> list[Row]:
    """The quarter hours of which something is known, as the database holds them."""
    query = """SELECT sensor_id, started_at, kwh, quality FROM monitoring_quarterhour
               WHERE quality > 0 AND sensor_id = %s ORDER BY started_at"""
    rows = []
    with connection.cursor() as cursor:
        for sensor in sensors:
            cursor.execute(query, [sensor.pk])
            rows += [
                Row(str(sensor.uuid), at, round(kwh, 6), Quality(quality).name.lower())
                for _, at, kwh, quality in cursor
            ]
    return rows


def rows_of(kind: Format, content: bytes) -> list[Row]:
    """What a file of quarter hours holds; without the missing ones. XLSX: of UTC."""
    return _READERS[kind](content)


def _of_csv(content: bytes) -> list[Row]:
    rows = csv.DictReader(io.StringIO(content.decode(), newline=""))
    return [from_csv_row(row) for row in rows if row["quality"] != "missing"]


def from_csv_row(row: Mapping[str, str]) -> Row:
    started_at = datetime.fromisoformat(row["interval_start"])
    return Row(row["sensor_id"], started_at, float(row["kwh"]), row["quality"])


def _of_xlsx(content: bytes) -> list[Row]:
    sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True).active
    assert sheet is not None
    header, *rows = sheet.iter_rows(values_only=True)
    cells = [dict(zip(header, row, strict=True)) for row in rows]
    return [from_xlsx_row(row) for row in cells if row["quality"] != "missing"]


def from_xlsx_row(row: Mapping[Any, object]) -> Row:
    started_at, kwh = row["interval_start (UTC)"], row["energy (kWh)"]
    assert isinstance(started_at, datetime)
    assert isinstance(kwh, int | float)
    return Row(
        str(row["sensor_id"]), started_at.replace(tzinfo=UTC), float(kwh), str(row["quality"])
    )


def _of_green_button(content: bytes) -> list[Row]:
    entries = ET.fromstring(content).findall(f"{ATOM}entry")
    return [row for entry in entries for row in from_entry(entry)]


def from_entry(entry: ET.Element) -> list[Row]:
    """The readings in an entry of a feed; most entries hold none."""
    link = entry.find(f"{ATOM}link")
    assert link is not None
    _, _, rest = link.get("href", "").partition("UsagePoint/")
    readings = entry.iter(f"{ESPI}IntervalReading")
    return [_from_reading(rest.partition("/")[0], reading) for reading in readings]


def _from_reading(sensor_id: str, reading: ET.Element) -> Row:
    start_s = int(reading.findtext(f"{ESPI}timePeriod/{ESPI}start", ""))
    estimated = reading.findtext(f"{ESPI}ReadingQuality/{ESPI}quality") == "9"
    return Row(
        sensor_id,
        datetime.fromtimestamp(start_s, UTC),
        int(reading.findtext(f"{ESPI}value", "")) / 1_000_000,
        "estimated" if estimated else "measured",
    )


_READERS = {
    Format.CSV: _of_csv,
    Format.XLSX: _of_xlsx,
    Format.GREEN_BUTTON: _of_green_button,
}


def require_same(found: Sequence[Row], expected: Sequence[Row]) -> None:
    """Like ``assert ==``, with a message that can be read when thousands of rows differ."""
    differ = [pair for pair in zip(found, expected, strict=False) if pair[0] != pair[1]]
    assert not differ, differ[:3]
    assert len(found) == len(expected)
