"""CSV: one row an interval."""

import csv
import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from monitoring.exchange.chunks import Chunk
from monitoring.exchange.csv import write_csv
from monitoring.rules.intervals import Quality
from tests.exchange.columns import ONE, OTHER, chunk_of

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
    assert header == ["interval_start", "interval_end", "sensor_id", "kwh", "quality"]
    assert found == [
        [
            "2026-10-25T03:00:00+03:00",
            "2026-10-25T03:00:00+02:00",
            str(ONE),
            "0.300000",
            "measured",
        ],
        [
            "2026-10-25T03:00:00+02:00",
            "2026-10-25T04:00:00+02:00",
            str(ONE),
            "0.000001",
            "estimated",
        ],
        ["2026-10-25T04:00:00+02:00", "2026-10-25T05:00:00+02:00", str(ONE), "", "missing"],
        [
            "2026-10-25T03:00:00+03:00",
            "2026-10-25T03:00:00+02:00",
            str(OTHER),
            "2.000000",
            "measured",
        ],
    ]


def test_without_sensors_there_is_a_header() -> None:
    assert len(rows()) == 1
