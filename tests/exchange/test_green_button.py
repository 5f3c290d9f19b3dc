"""Green Button data: as the schema wants it, and as an independent library reads it."""

import io
import math
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from greenbutton_objects import enums, parse

from monitoring.exchange.chunks import Chunk
from monitoring.exchange.green_button import Feed, write_green_button
from monitoring.rules.intervals import Quality
from tests.conftest import NOON
from tests.exchange.columns import ONE, OTHER, chunk_of
from tests.exchange.espi import ATOM, ESPI, check_feed

BUCHAREST = ZoneInfo("Europe/Bucharest")
HOUR = timedelta(hours=1)
NAN = math.nan


def feed_of(*chunks: Chunk, interval_s: int = 3600, title: str = "Flat") -> bytes:
    feed = Feed(title, "/api/v1/export/?start=a&end=b", interval_s, BUCHAREST, NOON)
    return b"".join(write_green_button(chunks, feed=feed))


def read(text: bytes) -> Any:
    """The usage points, as the library gives them."""
    return parse.parse_feed(io.BytesIO(text))


@pytest.mark.parametrize(("minutes", "interval_s"), [(15, 900), (60, 3600)])
def test_library_reads_what_was_written(minutes: int, interval_s: int) -> None:
    values = [(0.25, Quality.MEASURED), (1e-6, Quality.ESTIMATED), (0.0, Quality.MEASURED)]
    chunk = chunk_of(NOON, values, minutes=minutes)
    (point,) = read(feed_of(chunk, interval_s=interval_s))
    assert point.serviceCategory is enums.ServiceKind.electricity
    assert point.title == "Flat: Main meter"
    (meter,) = point.meterReadings
    kind = meter.readingType
    assert kind.accumulationBehaviour is enums.AccumulationBehaviourType.deltaData
    assert kind.commodity is enums.CommodityType.electricity
    assert kind.flowDirection is enums.FlowDirectionType.forward
    assert kind.kind is enums.KindType.energy
    assert kind.uom is enums.UomType.wattHours
    assert kind.defaultQuality is enums.QualityOfReading.validated
    assert kind.intervalLength == interval_s
    readings = list(meter.intervalReadings)
    assert [reading.value for reading in readings] == pytest.approx([250, 1e-3, 0])  # Wh
    length = timedelta(minutes=minutes)
    assert [(reading.timePeriod.start, reading.timePeriod.duration) for reading in readings] == [
        (NOON + n * length, length) for n in range(3)
    ]
    estimated = enums.QualityOfReading.estimatedUsingLinearInterpolation
    assert [[q.quality for q in reading.readingQualities] for reading in readings] == [
        [],
        [estimated],
        [],
    ]


def test_value_beyond_48_bits_is_left_out() -> None:
    text = feed_of(chunk_of(NOON, [(1.0, Quality.MEASURED), (1e200, Quality.MEASURED)]))
    check_feed(text)
    (point,) = read(text)
    (meter,) = point.meterReadings
    assert [reading.value for reading in meter.intervalReadings] == [1000.0]  # Wh


def test_blocks_of_several_sensors_belong_to_them_and_gaps_are_left_out() -> None:
    gap = [(1.0, Quality.MEASURED), (NAN, Quality.MISSING), (2.0, Quality.MEASURED)]
    text = feed_of(
        chunk_of(NOON, gap),
        chunk_of(NOON + 3 * HOUR, [(NAN, Quality.MISSING)]),
        chunk_of(NOON + 4 * HOUR, [(3.0, Quality.MEASURED)]),
        chunk_of(NOON, [(4.0, Quality.MEASURED)], sensor_uuid=OTHER, sensor="Other"),
    )
    check_feed(text)
    points = {point.title: next(iter(point.meterReadings)) for point in read(text)}
    found = {
        title: [reading.value for reading in meter.intervalReadings]
        for title, meter in points.items()
    }
    assert found == {"Flat: Main meter": [1000, 2000, 3000], "Flat: Other": [4000]}
    (first, second) = points["Flat: Main meter"].intervalBlocks
    assert (first.interval.start, first.interval.duration) == (NOON, 3 * HOUR)
    assert (second.interval.start, second.interval.duration) == (NOON + 4 * HOUR, HOUR)


def test_structure_is_the_schemas_whatever_the_names_hold() -> None:
    nasty = 'A & <b> "ș" ]]>\x00\x1b\ufffe'
    text = feed_of(
        chunk_of(NOON, [(1.0, Quality.ESTIMATED)], sensor=nasty, device=nasty), title=nasty
    )
    feed = check_feed(text)
    assert feed.findtext(f"{ATOM}title") == 'A & <b> "ș" ]]>'
    assert feed.find(f"{ATOM}link").get("href") == "/api/v1/export/?start=a&end=b"  # type: ignore[union-attr]


def test_clock_of_the_reader_is_told() -> None:
    (clock,) = check_feed(feed_of()).iter(f"{ESPI}LocalTimeParameters")
    assert [child.text for child in clock] == ["AE0E4000", "3600", "3E0E3000", "7200"]


def test_instants_are_epoch_seconds_across_a_clock_change() -> None:
    night = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
    text = feed_of(chunk_of(night, [(1.0, Quality.MEASURED)] * 3))
    starts = [int(element.text or "") for element in check_feed(text).iter(f"{ESPI}start")]
    first_s = int(night.timestamp())
    assert starts == [first_s, first_s, first_s + 3600, first_s + 7200]


def test_ids_are_the_same_in_every_file() -> None:
    chunk = chunk_of(NOON, [(1.0, Quality.MEASURED)])

    def ids(text: bytes) -> list[str | None]:
        return [element.text for element in check_feed(text).iter(f"{ATOM}id")]

    assert ids(feed_of(chunk)) == ids(feed_of(chunk, title="Another"))
    other = chunk_of(NOON, [(1.0, Quality.MEASURED)], sensor_uuid=OTHER)
    assert len(set(ids(feed_of(chunk))) & set(ids(feed_of(other)))) == 3  # feed, clock, type
    assert str(ONE) in feed_of(chunk).decode()


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ('<content type="application/xml">', "<content>"),
        ("<author><name>Online Energy Utility Platform</name></author>", "<author/>"),
        ("<duration>3600</duration>", "<duration>-3600</duration>"),
        ("<value>1000000</value>", "<value>-1</value>"),
        ("<value>1000000</value>", ""),
        ("<uom>72</uom>", "<uom>720</uom>"),
        ("<uom>72</uom>", ""),
        ("<quality>9</quality>", "<quality>99</quality>"),
        ("<commodity>1</commodity>", ""),
    ],
)
def test_check_notices_what_is_wrong(good: str, bad: str) -> None:
    text = feed_of(chunk_of(NOON, [(1.0, Quality.ESTIMATED)])).decode()
    check_feed(text.encode())
    assert good in text
    with pytest.raises(AssertionError):
        check_feed(text.replace(good, bad).encode())
