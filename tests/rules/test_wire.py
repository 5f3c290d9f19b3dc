"""The message rule: what is accepted, and why something is not."""

import gc
import json
from datetime import UTC, datetime

import pytest

from monitoring.rules.instants import to_us
from monitoring.rules.readings import Reading
from monitoring.rules.wire import parse_message

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
NOW_US = to_us(NOW)
SENSOR = "5c2494a3-1140-4c7a-991a-a1a2561c6bc2"
AT = 1570654800000
GOOD = Reading(SENSOR, AT * 1000, 0.1)


def parse(message: object) -> tuple[list[Reading], list[str]]:
    """The readings, and the reasons of the rejections."""
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    parsed = parse_message(body, now_us=NOW_US)
    return list(parsed.readings), [rejection.reason for rejection in parsed.rejections]


def as_object(timestamp: object = AT, sensor_id: object = SENSOR, value: object = 0.1) -> object:
    return {"timestamp": timestamp, "sensor_id": sensor_id, "measurement_value": value}


@pytest.mark.parametrize(
    "message",
    [
        as_object(),
        [AT, SENSOR, 0.1],
        [as_object()],
        [[AT, SENSOR, 0.1]],
        {**as_object(), "extra": [1, {"a": None}]},  # type: ignore[dict-item]
        [AT / 1000, SENSOR, 0.1],
        ["2019-10-09T21:00:00Z", SENSOR, 0.1],
        ["2019-10-10T02:45:00+05:45", SENSOR, 0.1],
        ["2019-10-09T21:00:00.000000000Z", SENSOR, 0.1],
        [AT, SENSOR.upper(), 0.1],
    ],
    ids=repr,
)
def test_accepted_shapes_give_the_same_reading(message: object) -> None:
    assert parse(message) == ([GOOD], [])


def test_three_readings_in_a_list_are_a_batch() -> None:
    assert parse([[AT, SENSOR, 0.1], as_object(), [AT, SENSOR, 0.1]]) == ([GOOD] * 3, [])


def test_an_empty_list_holds_no_readings() -> None:
    assert parse([]) == ([], [])


@pytest.mark.parametrize(
    ("number", "measured_at_us"),
    [
        (1570654800, 1570654800_000_000),
        (1570654800.123456, 1570654800_123_456),
        (1570654800123, 1570654800_123_000),
        (1570654800123.4, 1570654800_123_400),
    ],
)
def test_epoch_seconds_and_milliseconds(number: float, measured_at_us: int) -> None:
    readings, _ = parse([number, SENSOR, 1])
    assert [reading.measured_at_us for reading in readings] == [measured_at_us]


def test_numbers_from_1e11_on_are_milliseconds() -> None:
    assert parse([1e11 - 1, SENSOR, 1])[1] == ["future_timestamp"]  # seconds: the year 5138
    assert parse([1e11, SENSOR, 1])[1] == ["old_timestamp"]  # milliseconds: the year 1973


@pytest.mark.parametrize(
    ("ahead_s", "reasons"), [(300, []), (300.001, ["future_timestamp"])], ids=["at", "beyond"]
)
def test_five_minutes_ahead_are_allowed(ahead_s: float, reasons: list[str]) -> None:
    assert parse([NOW.timestamp() + ahead_s, SENSOR, 1])[1] == reasons


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"\xff\xfe{}", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b'{"a":' * 50_000, "not_json"),
        (b"null", "bad_shape"),
        (b"5", "bad_shape"),
        ({}, "bad_shape"),
        ([AT, SENSOR], "bad_shape"),
        ([AT, SENSOR, 0.1, 0.2], "bad_shape"),
        (as_object(timestamp="2019-10-09T21:00:00"), "naive_timestamp"),
        (as_object(timestamp="2019-10-09"), "naive_timestamp"),
        (as_object(timestamp="yesterday"), "bad_timestamp"),
        (as_object(timestamp=""), "bad_timestamp"),
        (as_object(timestamp=None), "bad_timestamp"),
        (as_object(timestamp=True), "bad_timestamp"),
        (as_object(timestamp=[AT]), "bad_timestamp"),
        (as_object(timestamp=1e300), "bad_timestamp"),
        (as_object(timestamp="1999-12-31T23:59:59Z"), "old_timestamp"),
        (as_object(timestamp="0001-01-01T00:00:00+14:00"), "old_timestamp"),
        (as_object(timestamp=-1), "old_timestamp"),
        (as_object(timestamp="9999-12-31T23:59:59-14:00"), "future_timestamp"),
        (as_object(sensor_id="meter 1"), "bad_sensor_id"),
        (as_object(sensor_id=SENSOR.replace("-", "")), "bad_sensor_id"),
        (as_object(sensor_id="{" + SENSOR + "}"), "bad_sensor_id"),
        (as_object(sensor_id=SENSOR + "\n"), "bad_sensor_id"),
        (as_object(sensor_id=7), "bad_sensor_id"),
        (as_object(value="0.1"), "bad_value"),
        (as_object(value=True), "bad_value"),
        (as_object(value=None), "bad_value"),
        (as_object(value=-0.001), "bad_value"),
        (as_object(value=1.1e12), "bad_value"),
        (as_object(value=10**12 + 1), "bad_value"),
        ([[AT, SENSOR, 1e13]], "bad_value"),
        (as_object(value=1.79e308), "bad_value"),
        (as_object(value=float("nan")), "bad_value"),
        (as_object(value=float("inf")), "bad_value"),
        (b'[%d, "%s", 1e400]' % (AT, SENSOR.encode()), "bad_value"),
        (b'[%d, "%s", %s]' % (AT, SENSOR.encode(), b"9" * 5000), "bad_value"),
        (b'[%s, "%s", 1]' % (b"9" * 5000, SENSOR.encode()), "bad_timestamp"),
        (b'["\\ud800", "%s", 1]' % SENSOR.encode(), "bad_timestamp"),
        (b'[%d, "\\u0000", 1]' % AT, "bad_sensor_id"),
        ([[AT, SENSOR, 1]] * 1001, "too_many"),
        (b" " * (256 * 1024) + b"1", "too_large"),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_rejected_with_a_reason(message: object, reason: str) -> None:
    assert parse(message) == ([], [reason])


def test_the_largest_allowed_message_is_accepted() -> None:
    readings, reasons = parse([[AT + i, SENSOR, i] for i in range(1000)])
    assert (len(readings), reasons) == (1000, [])
    body = json.dumps(as_object()).encode()
    assert parse(body.ljust(256 * 1024)) == ([GOOD], [])


@pytest.mark.parametrize("bad", ["NaN", "1e400", '"x"', "9" * 5000, "-1", "[[]]"])
def test_a_bad_reading_never_costs_its_neighbours(bad: str) -> None:
    good, spoilt = f'[{AT},"{SENSOR}",0.1]', f'[{AT},"{SENSOR}",{bad}]'
    body = f'[{good}, {spoilt} ,{{"timestamp": 1}},\n{good}]'.encode()
    parsed = parse_message(body, now_us=NOW_US)
    assert list(parsed.readings) == [GOOD, GOOD]
    assert [rejection.reason for rejection in parsed.rejections] == ["bad_value", "bad_shape"]
    assert [rejection.raw for rejection in parsed.rejections] == [
        spoilt.encode()[:4096],
        b'{"timestamp": 1}',
    ]


def test_the_original_is_cut_at_4_kib_and_its_size_kept() -> None:
    (rejection,) = parse_message(b"x" * 10_000, now_us=NOW_US).rejections
    assert (len(rejection.raw), rejection.raw_size_bytes) == (4096, 10_000)


def test_a_rejection_names_the_sensor_where_the_reading_does() -> None:
    (rejection,) = parse_message(
        json.dumps(as_object(value="0.1")).encode(), now_us=NOW_US
    ).rejections
    assert rejection.sensor_uuid == SENSOR
    assert "measurement_value" in rejection.detail


def test_bad_readings_leave_no_garbage() -> None:
    message = json.dumps([1, {}, ["yesterday", "x", 1], ["2026-03-10", SENSOR, 1]] * 100).encode()
    gc.collect()
    gc.disable()
    try:
        assert len(parse_message(message, now_us=NOW_US).rejections) == 400
        assert gc.collect() < 10
    finally:
        gc.enable()
