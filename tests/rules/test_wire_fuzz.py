"""Whatever bytes arrive: the message rule answers, with the rule's own words, in bounded memory."""

import json
import math
import tracemalloc
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from monitoring.models import QuarantinedReading
from monitoring.rules import wire
from monitoring.rules.instants import to_us
from monitoring.rules.rejections import MAX_KEPT_BYTES
from monitoring.rules.wire import ParsedMessage, parse_message

NOW_US = to_us(datetime(2026, 3, 10, 12, 0, tzinfo=UTC))
SENSOR = "5c2494a3-1140-4c7a-991a-a1a2561c6bc2"
GOOD = {"timestamp": 1570654800000, "sensor_id": SENSOR, "measurement_value": 0.1}
MUCH = settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))

numbers = st.one_of(
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.sampled_from([-0.0, 1e400, 1e11, 1e11 - 1, 1570654800, 1773144300_001, 10**19, 2**53 + 1]),
)
texts = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            SENSOR,
            SENSOR.upper(),
            SENSOR + "\n",
            "2026-03-10T12:00:00Z",
            "2026-03-10T12:00:00",
            "20260310T1200+0545",
            "2026-W11-2T00:00:00-14:00",
            "0001-01-01T00:00:00+14:00",
            "\ud800",
            "\x00",
        ]
    ),
)
scalars = st.one_of(numbers, texts, st.booleans(), st.none())
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4)
)
readings = st.one_of(
    st.fixed_dictionaries(
        {"timestamp": scalars, "sensor_id": scalars, "measurement_value": values},
        optional={"extra": values},
    ),
    st.tuples(scalars, scalars, values).map(list),
    st.just(GOOD),
    st.just(list(GOOD.values())),
    values,
)
nearly_good = st.fixed_dictionaries(
    {
        "timestamp": st.sampled_from([1570654800, 1570654800000, "2026-03-10T12:00:00Z", 1e11, -1]),
        "sensor_id": st.sampled_from([SENSOR, SENSOR.upper()]),
        "measurement_value": st.sampled_from([0, 1, 0.1, -0.0, -0.001, True, math.inf, 10**19]),
    }
)
messages = readings | st.lists(readings, max_size=12)


def check(body: bytes) -> ParsedMessage:
    """The rule's answer, if it is one that the store can live with."""
    parsed = parse_message(body, now_us=NOW_US)
    for uuid, at_us, energy_kwh in parsed.readings:
        assert wire._UUID(uuid)
        assert wire.OLDEST_US <= at_us <= NOW_US + wire.MAX_AHEAD_US
        assert type(at_us) is int
        assert energy_kwh >= 0
        assert math.isfinite(energy_kwh)
        assert math.copysign(1, energy_kwh) == 1
    for rejection in parsed.rejections:
        assert rejection.reason in QuarantinedReading.Reason.values
        assert len(rejection.detail) < 300
        assert "\x00" not in rejection.detail
        rejection.detail.encode()
        assert rejection.raw in body
        assert len(rejection.raw) <= MAX_KEPT_BYTES
    return parsed


@MUCH
@given(st.binary(max_size=300))
@example(b"\xef\xbb\xbf[]")
@example(b'[1,"\\ud800",')
def test_any_bytes(body: bytes) -> None:
    check(body)


@MUCH
@given(messages)
def test_any_json(message: Any) -> None:
    body = json.dumps(message).encode()  # NaN and Infinity too
    parsed = check(body)
    if isinstance(message, list) and any(isinstance(item, dict | list) for item in message):
        assert len(parsed.readings) + len(parsed.rejections) == len(message)
    elif message != []:
        assert len(parsed.readings) + len(parsed.rejections) == 1


@MUCH
@given(st.lists(st.just(GOOD), min_size=1, max_size=3), st.data())
def test_a_good_message_with_damage(good: list[Any], data: st.DataObject) -> None:
    body = bytearray(json.dumps(good).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(body) - 1))
        match data.draw(st.sampled_from(["replace", "delete", "repeat"])):
            case "replace":
                body[position] = data.draw(st.integers(0, 255))
            case "delete":
                del body[position : position + data.draw(st.integers(1, 20))]
            case "repeat":
                body[position:position] = body[position : position + 20] * 2
        if not body:
            return
    check(bytes(body))


@MUCH
@given(st.lists(nearly_good, min_size=1, max_size=3) | st.lists(readings, min_size=1, max_size=6))
def test_columns_say_what_one_by_one_says(items: list[Any]) -> None:
    latest_us = NOW_US + wire.MAX_AHEAD_US
    columns = wire._read_columns(items, latest_us)
    if columns is not None:
        one_by_one, bad = wire._read_one_by_one(items, latest_us)
        assert (list(columns), bad) == (list(one_by_one), [])


@pytest.mark.parametrize("shape", [dict, lambda reading: list(reading.values())])
@pytest.mark.parametrize("timestamp", [1570654800, 1570654800000, "2019-10-09T21:00:00+00:00"])
def test_faultless_messages_take_the_fast_way(shape: Any, timestamp: Any) -> None:
    items = [shape({**GOOD, "timestamp": timestamp, "measurement_value": i}) for i in range(100)]
    columns = wire._read_columns(items, NOW_US)
    assert columns is not None
    assert list(columns) == list(wire._read_one_by_one(items, NOW_US)[0])


def fill(piece: bytes, *, start: bytes = b"[", end: bytes = b"]") -> bytes:
    """A message of just the allowed size."""
    times = (wire.MAX_MESSAGE_BYTES - len(start) - len(end)) // len(piece)
    return start + piece * times + end


DEEP = b"[" * 1000 + b"]" * 1000
HOSTILE = {
    "nested lists": b"[" * 250_000,
    "nested objects": b'{"a":' * 50_000,
    "nested just so deep that one decoder minds and the other does not": b"[[1,%b,2],[1,2,3]]"
    % DEEP,
    "nested in a reading": b'[{"timestamp":%b,"sensor_id":1,"measurement_value":NaN},[]]' % DEEP,
    "empty lists": fill(b"[],", end=b"[]]"),
    "empty lists and NaN": fill(b"[],", end=b"NaN]"),
    "empty objects": fill(b"{},", end=b"{}]"),
    "numbers": fill(b"1,", end=b"1]"),
    "floats": fill(b"1.5,", end=b"NaN]"),
    "a number of many digits": fill(b"9", start=b"", end=b""),
    "a string": fill(b"a", start=b'"', end=b'"'),
    "a string of escapes": fill(b"\\ud83d\\ude00", start=b'["', end=b'",NaN,[]]'),
    "wide characters": fill("😀".encode(), start=b'["', end=b'",NaN,[]]'),
    "many keys": b"{" + b",".join(b'"%d":1' % i for i in range(20_000)) + b"}",
    "a thousand bad readings": b"[" + b",".join([b"[1,2,3]" + b" " * 250] * 1000) + b"]",
    "a thousand deep readings": b"[" + b",".join([b"[1,2,NaN]"] * 990 + [DEEP]) + b"]",
    "zeros": bytes(wire.MAX_MESSAGE_BYTES),
    "not UTF-8": b"\xff" * wire.MAX_MESSAGE_BYTES,
    "far too large": bytes(10_000_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_message_is_rejected_in_bounded_memory(name: str) -> None:
    body = HOSTILE[name]
    parse_message(body[:100], now_us=NOW_US)  # what is made once does not count
    tracemalloc.start()
    parsed = check(body)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert parsed.rejections
    assert not parsed.readings
    # An empty object is three bytes with its comma, and 72 in memory.
    assert peak_bytes < 40 * min(len(body), wire.MAX_MESSAGE_BYTES) + 1_000_000
