"""Rows of CSV files: accepted and rejected as the fields of wire messages are."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.rules.instants import to_us
from monitoring.rules.readings import Reading
from monitoring.rules.table import (
    COLUMNS,
    BadHeader,
    ParsedRows,
    RejectedRow,
    parse_rows,
    read_header,
)
from monitoring.rules.wire import parse_message
from tests.conftest import NOON

NOON_US = to_us(NOON)
UUID = "5c2494a3-1140-4c7a-991a-a1a2561c6bc2"
PICK = read_header(",".join(COLUMNS))
GOOD = f"2026-03-10T11:00:00Z,{UUID},0.5"


def parse(*lines: str) -> ParsedRows:
    return parse_rows(lines, first=2, pick=PICK, now_us=NOON_US)


@pytest.mark.parametrize(
    ("line", "at_us", "energy_kwh"),
    [
        (GOOD, NOON_US - 3_600_000_000, 0.5),
        (f"2026-03-10T13:00:00.25+02:00,{UUID},7", NOON_US - 3_599_750_000, 7.0),
        (f"1570654800000,{UUID},0.1", 1_570_654_800_000_000, 0.1),
        (f"1570654800,{UUID},1e3", 1_570_654_800_000_000, 1000.0),
        (f"1570654800.5,{UUID},0", 1_570_654_800_500_000, 0.0),
        (f' "1570654800" , "{UUID.upper()}",  0.1 ', 1_570_654_800_000_000, 0.1),
        (f"1570654800,{UUID},0.1,and,more", 1_570_654_800_000_000, 0.1),
    ],
)
def test_good_rows(line: str, at_us: int, energy_kwh: float) -> None:
    parsed = parse(line)
    assert parsed.rejected == []
    assert list(parsed.readings) == [Reading(UUID, at_us, energy_kwh)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f"2026-03-10T11:00:00,{UUID},1", "naive_timestamp"),
        (f"2026-03-10T12:06:00Z,{UUID},1", "future_timestamp"),
        (f"1999-12-31T23:59:59Z,{UUID},1", "old_timestamp"),
        (f"yesterday,{UUID},1", "bad_timestamp"),
        (f",{UUID},1", "bad_timestamp"),
        ("1570654800,meter 1,1", "bad_sensor_id"),
        (f"1570654800,{UUID},-1", "bad_value"),
        (f"1570654800,{UUID},NaN", "bad_value"),
        (f"1570654800,{UUID},1e999", "bad_value"),
        (f"1570654800,{UUID},true", "bad_value"),
        (f"1570654800,{UUID},[1]", "bad_value"),
        (f"1570654800,{UUID},", "bad_value"),
        (f'1570654800,{UUID},"1,5"', "bad_value"),
        (f"1570654800,{UUID}", "bad_shape"),
        (f'1570654800,"{UUID},1', "bad_shape"),
    ],
)
def test_bad_row_is_told_by_its_line_and_costs_no_neighbour(line: str, reason: str) -> None:
    parsed = parse(GOOD, "", line, GOOD)
    assert [(row.line, row.reason) for row in parsed.rejected] == [(4, reason)]
    assert parsed.lines == [2, 5]
    assert len(parsed.readings) == 2
    assert parsed.row_count == 3


def test_columns_come_in_any_order_among_others() -> None:
    pick = read_header(' note ,measurement_value,"sensor_id",timestamp')
    parsed = parse_rows([f"x,1.5,{UUID},1570654800"], first=2, pick=pick, now_us=NOON_US)
    assert list(parsed.readings) == [Reading(UUID, 1_570_654_800_000_000, 1.5)]


@pytest.mark.parametrize("header", ["", "timestamp,sensor_id", GOOD, "timestamp;sensor_id;value"])
def test_header_is_required(header: str) -> None:
    with pytest.raises(BadHeader, match="measurement_value"):
        read_header(header)


NUMBERS = st.one_of(
    st.integers(-5, 2_000_000_000_000).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["1e3", "-0.0", "007", "1.", ".5", "+1", "1_000", "12345678901234567890123"]),
)
TIMES = st.one_of(
    NUMBERS,
    st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat()),
    st.sampled_from(["2026-03-10", "20260310T120000Z", "", "2026-03-10 11:00Z"]),
)
IDS = st.sampled_from([UUID, UUID.upper(), UUID.replace("-", ""), "", " " + UUID])
VALUES = st.one_of(NUMBERS, st.sampled_from(["", "null", "[", "]", "{}", "0.1 ", "NaN"]))


@given(st.lists(st.tuples(TIMES, IDS, VALUES), min_size=1, max_size=6))
def test_rows_together_are_judged_as_each_alone(rows: list[tuple[str, str, str]]) -> None:
    lines = [",".join(row) for row in rows]
    together = parse(*lines)
    alone = [
        parse_rows([line], first=i, pick=PICK, now_us=NOON_US) for i, line in enumerate(lines, 2)
    ]
    assert list(together.readings) == [one for parsed in alone for one in parsed.readings]
    assert together.rejected == [row for parsed in alone for row in parsed.rejected]
    # With a quote the rows are read one by one.
    slowly = parse(*lines, f'"{GOOD}')
    assert list(slowly.readings) == list(together.readings)
    assert slowly.rejected[:-1] == together.rejected


@given(
    st.integers(946_684_800, NOON_US // 1_000_000),
    st.floats(0, 1e9).filter(lambda value: value >= 0),
)
def test_a_row_is_what_the_message_with_its_cells_is(at_s: int, energy_kwh: float) -> None:
    body = json.dumps([at_s, UUID, energy_kwh]).encode()
    row = parse(f"{at_s},{UUID},{energy_kwh!r}")
    assert list(row.readings) == list(parse_message(body, now_us=NOON_US).readings)


def test_a_rejection_says_what_is_wrong() -> None:
    assert parse(f"1570654800,{UUID},-1").rejected == [
        RejectedRow(
            2, "bad_value", "measurement_value must be a number of kWh from 0 to 1e12, not -1."
        )
    ]
