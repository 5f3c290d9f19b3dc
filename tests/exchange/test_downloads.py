"""Each download as people's own programs fetch it from the real web server, compressed or not."""

import csv
import io
import json
import socket
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
import requests

from accounts.api_tokens import create_api_token
from accounts.models import User
from devices.models import Device, Sensor
from monitoring.exchange.formats import CONTENT_TYPES, ENDINGS, Format
from monitoring.exchange.queue import start_import
from monitoring.exchange.running import run_imports
from monitoring.models import RunningExport
from tests.conftest import NOON, make_sensor
from tests.exchange.conftest import csv_of
from tests.exchange.files import require_same, rows_of, stored_rows
from tests.exchange.unread import unread
from tests.figures.households import constant, store_hours, sum_up
from tests.load.history import FIRST, fill_days
from tests.servers import until, web_server

pytestmark = pytest.mark.django_db(transaction=True)

LENGTH = timedelta(days=70)  # of quarter hours: three pieces a sensor
QUERY = {
    "start": NOON.isoformat(),
    "end": (NOON + LENGTH).isoformat(),
    "group_by": "quarter",
    "time_zone": "UTC",
}
TIMEOUT_S = 120


class Download(NamedTuple):
    """A file as a program has saved it, and in which coding it was sent."""

    content: bytes
    coding: str | None
    content_type: str


Fetch = Callable[[str, dict[str, str]], Download]


def with_httpx(url: str, headers: dict[str, str]) -> Download:
    answer = httpx.get(url, headers=headers, timeout=TIMEOUT_S).raise_for_status()
    found = answer.headers
    return Download(answer.content, found.get("Content-Encoding"), found["Content-Type"])


def with_requests(url: str, headers: dict[str, str]) -> Download:
    answer = requests.get(url, headers=headers, timeout=TIMEOUT_S)
    answer.raise_for_status()
    found = answer.headers
    return Download(answer.content, found.get("Content-Encoding"), found["Content-Type"])


def with_curl(url: str, headers: dict[str, str], *options: str) -> Download:
    told = ["--write-out", "%{stderr}%header{content-encoding}\n%{content_type}"]
    named = [part for pair in headers.items() for part in ("--header", ": ".join(pair))]
    program = subprocess.run(
        ["curl", "--silent", "--fail", "--max-time", str(TIMEOUT_S), *told, *named, *options, url],
        capture_output=True,
        check=True,
    )
    coding, content_type = program.stderr.decode().split("\n")
    return Download(program.stdout, coding or None, content_type)


def with_curl_compressed(url: str, headers: dict[str, str]) -> Download:
    return with_curl(url, headers, "--compressed")


def with_curl_http10(url: str, headers: dict[str, str]) -> Download:
    return with_curl(url, headers, "--compressed", "--http1.0")


def without_compression(url: str, headers: dict[str, str]) -> Download:
    return with_httpx(url, {**headers, "Accept-Encoding": "gzip;q=0"})


PROGRAMS: list[Fetch] = [
    with_httpx,
    with_requests,
    with_curl,
    with_curl_compressed,
    with_curl_http10,
    without_compression,
]
UNCOMPRESSED = (with_curl, without_compression)


@pytest.fixture
def sensors(flat: Device, meter: Sensor) -> list[Sensor]:
    """Alice's two, with a reading each hour."""
    found = [meter, make_sensor(flat, "Heating")]
    for number, sensor in enumerate(found, start=1):
        store_hours(sensor, constant(number), start=NOON, end=NOON + LENGTH)
    sum_up()
    return found


@pytest.fixture(scope="module")
def address(django_db_setup: None) -> Iterator[str]:
    with web_server() as server:
        yield server


@pytest.fixture
def token(alice: User) -> dict[str, str]:
    _, key = create_api_token(user=alice, name="test")
    return {"Authorization": f"Token {key}"}


def test_every_program_gets_every_file_whole(
    address: str, token: dict[str, str], sensors: list[Sensor]
) -> None:
    expected = stored_rows(sensors)
    assert len(expected) == 2 * LENGTH // timedelta(minutes=15)
    for kind in Format:
        url = f"{address}/api/v1/export/?{urlencode({**QUERY, 'format': kind})}"
        for fetch in PROGRAMS:
            file = fetch(url, token)
            require_same(rows_of(kind, file.content), expected)
            is_packed = kind is not Format.XLSX and fetch not in UNCOMPRESSED
            assert file.coding == ("gzip" if is_packed else None), (kind, fetch)
            assert file.content_type == CONTENT_TYPES[kind]


def test_lists_of_the_api_are_the_stored_rows(
    address: str, token: dict[str, str], sensors: list[Sensor]
) -> None:
    sensor = sensors[0]
    url = f"{address}/api/v1/sensors/{sensor.uuid}/consumption/?{urlencode(QUERY)}"
    expected = [(row.started_at, row.kwh, row.quality) for row in stored_rows([sensor])]
    for fetch in PROGRAMS:
        rows = json.loads(fetch(url, token).content)["results"]
        assert [
            (datetime.fromisoformat(row["interval_start"]), row["kwh"], row["quality"])
            for row in rows
        ] == expected


def test_rejected_rows_come_whole(
    address: str, token: dict[str, str], alice: User, meter: Sensor
) -> None:
    file = csv_of(meter, [(0, 1.0)]) + b"bad,bad,bad\n" * 5_000
    upload = start_import(user=alice, file_name="past.csv", pieces=[file], now=NOON)
    run_imports()
    stored = upload.rejected.order_by("line").values_list("line", "reason", "detail")
    expected = [[str(cell) for cell in row] for row in stored]
    assert len(expected) == 5_000
    for fetch in PROGRAMS:
        list_of = fetch(f"{address}/api/v1/readings/import/{upload.pk}/rejected/", token)
        header, *rows = csv.reader(io.StringIO(list_of.content.decode(), newline=""))
        assert header == ["line", "reason", "detail"]
        assert rows == expected


@pytest.mark.parametrize("kind", list(Format))
def test_head_tells_the_headers_and_makes_no_file(
    address: str, token: dict[str, str], sensors: list[Sensor], kind: Format
) -> None:
    url = f"{address}/api/v1/export/?{urlencode({**QUERY, 'format': kind})}"
    with httpx.Client(headers=token, timeout=TIMEOUT_S) as client:
        told = client.head(url)
        assert told.status_code == 200
        assert told.content == b""
        assert "Content-Length" not in told.headers
        # The connection goes on: nothing of a file was sent.
        with client.stream("GET", url) as got:
            same = ("Content-Type", "Content-Disposition", "Content-Encoding", "Vary")
            assert [told.headers.get(name) for name in same] == [
                got.headers.get(name) for name in same
            ]
            assert got.headers["Content-Disposition"].endswith(f'.{ENDINGS[kind]}"')


def test_http_1_0_gets_the_file_to_the_end_of_the_connection(
    address: str, token: dict[str, str], sensors: list[Sensor]
) -> None:
    """Such a client knows no chunks: it must see none."""
    parts = urlsplit(f"{address}/api/v1/export/?{urlencode(QUERY)}")
    with socket.create_connection((parts.hostname or "", parts.port or 0), TIMEOUT_S) as line:
        request = f"GET {parts.path}?{parts.query} HTTP/1.0\r\nHost: {parts.netloc}\r\n"
        line.sendall(f"{request}Authorization: {token['Authorization']}\r\n\r\n".encode())
        head, _, content = line.makefile("rb").read().partition(b"\r\n\r\n")
    assert b"chunked" not in head
    require_same(rows_of(Format.CSV, content), stored_rows(sensors))


def test_one_file_at_a_time_and_the_next_when_its_reader_has_left(
    address: str, token: dict[str, str], sensors: list[Sensor]
) -> None:
    fill_days(sensors, days=2 * 365)  # longer than what fits on its way
    query = {"start": FIRST.isoformat(), "end": NOON.isoformat(), "group_by": "quarter"}
    url = f"{address}/api/v1/export/?{urlencode(query)}"
    key = token["Authorization"].removeprefix("Token ")
    with unread(url, [key]) as (line,):
        assert line.recv(12, socket.MSG_PEEK) == b"HTTP/1.1 200"
        refused = httpx.get(url, headers=token)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "10")

    def is_free() -> bool:
        with httpx.stream("GET", url, headers=token) as answer:
            return answer.status_code == 200

    until(is_free, what="who has left gives the turn back", within_s=20)
    until(lambda: not RunningExport.objects.exists(), what="so does this one")
