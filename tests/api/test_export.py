"""``export/``: consumption as a file, sent while it is written."""

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient
from greenbutton_objects import parse
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.exchange import chunks, streaming
from monitoring.exchange.chunks import Chunk
from monitoring.exchange.one_at_a_time import ExportRunning, ExportTurn
from monitoring.history.boundaries import GroupBy
from monitoring.models import RunningExport
from monitoring.rules.intervals import Quality
from tests.conftest import NOON, Store, Summed, make_device, make_sensor
from tests.exchange.columns import chunk_of
from tests.exchange.espi import check_feed

DAY = {"start": "2026-03-10T00:00:00Z", "end": "2026-03-11T00:00:00Z"}
NOON_HOURS = {"start": "2026-03-10T12:00:00Z", "end": "2026-03-10T14:00:00Z"}


def url(sensor: Sensor) -> str:
    return f"/api/v1/sensors/{sensor.uuid}/export/"


def body(answer: Any) -> bytes:
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)


def lines(answer: Any) -> list[str]:
    return body(answer).decode().splitlines()


@pytest.fixture
def filled(meter: Sensor, store: Store, summed: Callable[[], None]) -> Sensor:
    """Alice's meter with two hours of readings."""
    store(meter, *((15.0 * step, 10 + step / 4) for step in range(9)))
    summed()
    return meter


def test_csv_in_the_users_zone(api: APIClient, alice: User, filled: Sensor) -> None:
    User.objects.filter(pk=alice.pk).update(time_zone="Europe/Bucharest")
    answer = api.get(url(filled), NOON_HOURS)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    named = 'attachment; filename="consumption-2026-03-10-2026-03-10-hour.csv"'
    assert answer["Content-Disposition"] == named
    assert lines(answer) == [
        "interval_start,interval_end,sensor_id,kwh,quality,sensor,device",
        f"2026-03-10T14:00:00+02:00,2026-03-10T15:00:00+02:00,{filled.uuid},1.000000,measured,"
        "Main meter,Flat",
        f"2026-03-10T15:00:00+02:00,2026-03-10T16:00:00+02:00,{filled.uuid},1.000000,measured,"
        "Main meter,Flat",
    ]


def test_green_button_of_quarter_hours(api: APIClient, filled: Sensor) -> None:
    text = body(api.get(url(filled), {**DAY, "format": "greenbutton", "group_by": "quarter"}))
    check_feed(text)
    (point,) = parse.parse_feed(io.BytesIO(text))
    (meter,) = point.meterReadings
    assert point.title == "Flat: Main meter"
    assert [reading.value for reading in meter.intervalReadings] == [250] * 8


def test_xlsx(api: APIClient, filled: Sensor) -> None:
    text = body(api.get(url(filled), {**NOON_HOURS, "format": "xlsx"}))
    sheet = openpyxl.load_workbook(io.BytesIO(text)).active
    assert sheet is not None
    found = [(row[3], row[4], row[6]) for row in sheet.iter_rows(values_only=True)]
    assert found == [("device", "sensor", "energy (kWh)"), *[("Flat", "Main meter", 1)] * 2]


def test_chunks_adjoin_and_never_overlap(
    api: APIClient, filled: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = lines(api.get(url(filled), {**DAY, "group_by": "quarter"}))
    monkeypatch.setitem(chunks.SPANS, GroupBy.QUARTER, timedelta(minutes=50))
    assert lines(api.get(url(filled), {**DAY, "group_by": "quarter"})) == whole
    assert len(whole) == 49


@pytest.mark.parametrize(
    ("group_by", "first", "rows"),
    [
        ("quarter", "2026-03-10T12:00:00+00:00", 4 * 12),
        ("hour", "2026-03-10T12:00:00+00:00", 12),
        ("day", "2026-03-10T00:00:00+00:00", 1),
        ("month", "2026-03-01T00:00:00+00:00", 1),
        ("year", "2026-01-01T00:00:00+00:00", 1),
    ],
)
def test_rows_begin_with_the_interval_of_the_first_reading(
    api: APIClient, filled: Sensor, group_by: str, first: str, rows: int
) -> None:
    """Who asks for all there is need not know when it began."""
    make_sensor(filled.device, "Never read")
    span = {"start": "2007-01-01T00:00:00Z", "end": DAY["end"], "group_by": group_by}
    _, *found = lines(api.get("/api/v1/export/", span))
    assert len(found) == rows
    assert found[0].startswith(f"{first},")


def test_device_and_client_have_the_rows_of_each_of_their_sensors(
    api: APIClient,
    alice: User,
    administrators_api: APIClient,
    flat: Device,
    filled: Sensor,
    store: Store,
    summed: Summed,
) -> None:
    heating = make_sensor(flat, "Heating")
    garage = make_sensor(make_device(alice, "Garage"))
    for sensor in (heating, garage):
        store(sensor, (0, 0.0), (60, 1.0))
    summed()

    def sensors(api: APIClient, path: str) -> list[str]:
        return [line.split(",")[2] for line in lines(api.get(path, NOON_HOURS))[1::2]]

    of_device = [str(filled.uuid), str(heating.uuid)]
    assert sensors(api, f"/api/v1/devices/{flat.pk}/export/") == of_device
    assert sensors(administrators_api, f"/api/v1/devices/{flat.pk}/export/") == of_device
    assert sensors(api, "/api/v1/export/") == [*of_device, str(garage.uuid)]
    assert sensors(administrators_api, "/api/v1/export/") == []


def test_somebody_elses_is_absent(
    outsider: APIClient, anonymous: APIClient, flat: Device, meter: Sensor
) -> None:
    for path in (url(meter), f"/api/v1/devices/{flat.pk}/export/"):
        assert outsider.get(path, DAY).status_code == 404
        assert anonymous.get(path, DAY).status_code == 401
    assert anonymous.get("/api/v1/export/", DAY).status_code == 401
    assert len(lines(outsider.get("/api/v1/export/", DAY))) == 1


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"start": None}, "start"),
        ({"end": "2026-03-09T00:00:00Z"}, "end"),
        ({"end": "2047-03-11T00:00:00Z"}, "end"),
        ({"format": "pdf"}, "format"),
        # A sensor has 700,000 of them in 20 years, and here are two.
        ({"end": "2046-03-01T00:00:00Z", "format": "xlsx", "group_by": "quarter"}, "format"),
        ({"group_by": "week"}, "group_by"),
        ({"group_by": "day", "format": "greenbutton"}, "group_by"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
    ],
)
def test_bad_parameter_is_named(
    api: APIClient,
    meter: Sensor,
    store: Store,
    summed: Summed,
    changed: dict[str, str | None],
    named: str,
) -> None:
    for sensor in (meter, make_sensor(meter.device, "Heat pump")):
        store(sensor, (0, 1.0), (60, 2.0))
    summed()
    parameters = {name: value for name, value in {**DAY, **changed}.items() if value is not None}
    answer = api.get(f"/api/v1/devices/{meter.device_id}/export/", parameters)
    assert answer.status_code == 400
    assert list(answer.json()) == [named]
    assert api.post(url(meter)).status_code == 405


def test_queries_depend_on_chunks_and_not_on_rows(
    api: APIClient, filled: Sensor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    body(api.get(url(filled), DAY))
    month = {"start": "2026-03-01T00:00:00Z", "end": "2026-03-31T00:00:00Z"}
    for span in (NOON_HOURS, month):
        # Token; the sensor; its turn, kept and ended; sensors twice, to the end of them; first
        # readings; how far it is known; days, or their sums.
        with django_assert_num_queries(10):
            body(api.get(url(filled), {**span, "group_by": "quarter"}))


def test_one_export_at_a_time(
    api: APIClient, outsider: APIClient, administrators_api: APIClient, filled: Sensor
) -> None:
    begun: Any = api.get("/api/v1/export/", DAY)
    pieces = iter(begun.streaming_content)
    next(pieces)
    refused = api.get(url(filled), DAY)
    assert refused.status_code == 429
    assert refused["Retry-After"] == "10"
    assert refused.json() == {
        "detail": "Another of your exports is still being sent. Only one is sent at a time."
    }
    assert api.head(url(filled), DAY).status_code == 200
    assert api.get(url(filled), {**DAY, "format": "pdf"}).status_code == 400
    for other in (outsider, administrators_api):
        body(other.get("/api/v1/export/", DAY))
    assert len([*pieces]) == 1
    body(api.get(url(filled), DAY))


def test_turn_of_a_server_that_died_ends(alice: User) -> None:
    died = ExportTurn(user=alice, now=NOON)
    with pytest.raises(ExportRunning):
        ExportTurn(user=alice, now=NOON + timedelta(seconds=29))
    died.keep(now=NOON + timedelta(seconds=20))
    with pytest.raises(ExportRunning):
        ExportTurn(user=alice, now=NOON + timedelta(seconds=200))
    alive = ExportTurn(user=alice, now=NOON + timedelta(minutes=5))
    died.end()
    assert RunningExport.objects.count() == 1
    alive.end()
    assert not RunningExport.objects.exists()


def test_export_that_fails_gives_the_turn_back(
    api: APIClient, filled: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(**_: object) -> Iterator[Chunk]:
        yield chunk_of(NOON, [(1.0, Quality.MEASURED)])
        raise RuntimeError("The disk is full.")

    monkeypatch.setattr(streaming, "get_chunks", failing)
    answer = api.get(url(filled), DAY)
    with pytest.raises(RuntimeError):
        body(answer)
    assert not RunningExport.objects.exists()


@pytest.mark.django_db(transaction=True)
async def test_server_sends_while_it_reads_and_stops_when_nobody_listens(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An endless history under ASGI: no answer would come if it were read before it is sent."""
    read = 0
    ended = False

    def endless(**_: object) -> Iterator[Chunk]:
        nonlocal read, ended
        try:
            while True:
                read += 1
                yield chunk_of(NOON, [(1.0, Quality.MEASURED)] * 1000)
        finally:
            ended = True

    monkeypatch.setattr(streaming, "get_chunks", endless)
    monkeypatch.setattr(streaming, "WRITERS", ThreadPoolExecutor(1))
    client = AsyncClient()
    await client.aforce_login(alice)
    answer: Any = await client.get("/api/v1/export/", DAY)
    assert answer.is_async
    pieces = aiter(answer.streaming_content)
    assert (await anext(pieces)).startswith(b"interval_start,")
    assert read == 0
    sizes = [len(await anext(pieces)) for _ in range(5)]
    assert min(sizes) > 50_000
    assert read == 5
    await sync_to_async(answer.close)()
    assert ended
    assert not await RunningExport.objects.aexists()
    await sync_to_async(connections.close_all)()
    streaming.WRITERS.submit(connections.close_all).result()
    streaming.WRITERS.shutdown()
