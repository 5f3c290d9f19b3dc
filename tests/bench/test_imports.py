"""The files whose import is measured."""

from bench.imports import HEADER, as_lines
from bench.messages import Sent, sensor_uuid
from monitoring.rules.readings import Reading
from monitoring.rules.table import parse_rows, read_header

AT_US = 1_773_144_000_000_000  # 2026-03-10 12:00


def test_rows_are_what_the_platform_reads() -> None:
    lines = list(as_lines([Sent(0, AT_US, 0.25), Sent(1, AT_US + 900_000_000, 4.0)]))
    parsed = parse_rows(
        [line.rstrip("\n") for line in lines],
        first=2,
        pick=read_header(HEADER.rstrip("\n")),
        now_us=AT_US + 3_600_000_000,
    )
    assert list(parsed.readings) == [
        Reading(sensor_uuid(0), AT_US, 0.25),
        Reading(sensor_uuid(1), AT_US + 900_000_000, 4.0),
    ]
