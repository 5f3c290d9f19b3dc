"""A million rows, downloaded whole: compared with the stored ones, sensor by sensor."""

import csv
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import httpx
import openpyxl
import pytest
import requests

from accounts.api_tokens import create_api_token
from accounts.models import User
from devices.models import Device, Sensor
from monitoring.exchange.formats import ENDINGS, Format
from tests.conftest import make_sensor
from tests.exchange.espi import ATOM
from tests.exchange.files import (
    Row,
    from_csv_row,
    from_entry,
    from_xlsx_row,
    require_same,
    stored_rows,
)
from tests.load.history import FIRST, fill_days
from tests.servers import web_server

pytestmark = pytest.mark.django_db(transaction=True)

SENSORS = 20
QUARTERS = 50_000
END = FIRST + QUARTERS * timedelta(minutes=15)
TIMEOUT_S = 600

Save = Callable[[str, dict[str, str], Path], object]


def save_with_httpx(url: str, headers: dict[str, str], to: Path) -> None:
    with httpx.stream("GET", url, headers=headers, timeout=TIMEOUT_S) as answer:
        assert answer.headers.get("Content-Encoding") == (None if "xlsx" in url else "gzip")
        with to.open("wb") as file:
            file.writelines(answer.iter_bytes())


def save_with_requests(url: str, headers: dict[str, str], to: Path) -> None:
    answer = requests.get(url, headers=headers, timeout=TIMEOUT_S, stream=True)
    with answer, to.open("wb") as file:
        file.writelines(answer.iter_content(2**16))


def save_with_curl(url: str, headers: dict[str, str], to: Path) -> None:
    named = [part for pair in headers.items() for part in ("--header", ": ".join(pair))]
    subprocess.run(
        ["curl", "--silent", "--fail", "--compressed", "--output", str(to), *named, url],
        check=True,
        timeout=TIMEOUT_S,
    )


def read_csv(path: Path) -> Iterator[Row]:
    with path.open(newline="") as file:
        yield from map(from_csv_row, csv.DictReader(file))


def read_xlsx(path: Path) -> Iterator[Row]:
    sheet = openpyxl.load_workbook(path, read_only=True).active
    assert sheet is not None
    header, *_ = sheet.iter_rows(max_row=1, values_only=True)
    for row in sheet.iter_rows(min_row=2, values_only=True):
        yield from_xlsx_row(dict(zip(header, row, strict=True)))


def read_green_button(path: Path) -> Iterator[Row]:
    for _, element in ET.iterparse(path):
        if element.tag == f"{ATOM}entry":
            yield from from_entry(element)
            element.clear()


@pytest.fixture
def sensors(flat: Device) -> list[Sensor]:
    found = [make_sensor(flat, f"Meter {number}") for number in range(SENSORS)]
    fill_days(found, days=QUARTERS // 96 + 1)
    return found


@pytest.mark.parametrize(
    ("kind", "save", "read"),
    [
        (Format.CSV, save_with_httpx, read_csv),
        (Format.CSV, save_with_requests, read_csv),
        (Format.CSV, save_with_curl, read_csv),
        (Format.GREEN_BUTTON, save_with_httpx, read_green_button),
        # Half an hour less a sensor: its limit counts an interval more at each end.
        (Format.XLSX, save_with_httpx, read_xlsx),
    ],
)
def test_a_million_rows_come_whole(
    alice: User,
    sensors: list[Sensor],
    tmp_path: Path,
    kind: Format,
    save: Save,
    read: Callable[[Path], Iterator[Row]],
) -> None:
    end = END - timedelta(minutes=30) if kind is Format.XLSX else END
    query = {
        "start": FIRST.isoformat(),
        "end": end.isoformat(),
        "group_by": "quarter",
        "time_zone": "UTC",
        "format": kind,
    }
    _, key = create_api_token(user=alice, name="test")
    path = tmp_path / f"file.{ENDINGS[kind]}"
    begun = datetime.now()  # noqa: DTZ005 - a duration
    with web_server() as address:
        url = f"{address}/api/v1/export/?{urlencode(query)}"
        save(url, {"Authorization": f"Token {key}"}, path)
    took = datetime.now() - begun  # noqa: DTZ005
    print(f"{kind}: {path.stat().st_size / 1e6:.0f} MB in {took.total_seconds():.0f} s")
    _require_rows(read(path), sensors, end)


def _require_rows(rows: Iterator[Row], sensors: list[Sensor], end: datetime) -> None:
    count = 0
    for sensor in sensors:
        expected = [row for row in stored_rows([sensor]) if row.started_at < end]
        require_same(list(islice(rows, len(expected))), expected)
        count += len(expected)
    assert next(rows, None) is None
    assert count == SENSORS * (end - FIRST) // timedelta(minutes=15)
