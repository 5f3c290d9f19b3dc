"""The message rule: what a meter may send, and why something else is rejected.

A message is UTF-8 JSON, at most 256 KiB and 1,000 readings::

    {"timestamp": 1570654800000, "sensor_id": "5c2494a3-…", "measurement_value": 0.1}
    [1570654800000, "5c2494a3-…", 0.1]
    [ …any number of the two above… ]

One bad reading never costs its neighbours: what is good is returned beside what is rejected.
"""

import re
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from math import isfinite
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from monitoring.rules.instants import MICROSECOND, from_us, to_us
from monitoring.rules.json_text import decode, split_list
from monitoring.rules.readings import MAX_REGISTER_KWH, Reading, Readings
from monitoring.rules.rejections import Rejection, Unacceptable, printable, reject

MAX_MESSAGE_BYTES = 256 * 1024
MAX_READINGS = 1000
MAX_AHEAD = timedelta(minutes=5)

#: A number from here on is epoch milliseconds, below it epoch seconds.
FIRST_MILLISECONDS = 1e11

OLDEST_US = to_us(datetime(2000, 1, 1, tzinfo=UTC))
MAX_AHEAD_US = MAX_AHEAD // MICROSECOND
LATEST_US = to_us(datetime.max.replace(tzinfo=UTC))

#: Ids that are remembered as good, some 180 bytes each.
UUIDS_KEPT = 2**17

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch


class ParsedMessage(NamedTuple):
    """What a message held."""

    readings: Readings
    rejections: list[Rejection]
    #: When it was received, UTC microseconds since 1970: so it is judged the same a second time.
    now_us: int = 0


def parse_message(body: bytes, *, now_us: int) -> ParsedMessage:
    """Splits a message into readings and rejections. Never raises, whatever ``body`` holds.

    ``now_us`` is the time of receipt in UTC microseconds since 1970.
    """
    try:
        items, is_batch = _items(body)
    except Unacceptable as problem:
        return ParsedMessage(Readings.none(), [reject(problem, body)], now_us)
    if is_batch:
        readings, bad = read_items(items, now_us=now_us)
    else:
        readings, bad = _read_one_by_one(items, now_us + MAX_AHEAD_US)
    readings.bodies.append(body)
    if not bad:
        return ParsedMessage(readings, [], now_us)
    originals = split_list(body) if is_batch else [body]
    return ParsedMessage(
        readings,
        [reject(problem, originals[i], _sensor_uuid_of(items[i])) for i, problem in bad],
        now_us,
    )


def read_items(
    items: Sequence[Any], *, now_us: int
) -> tuple[Readings, list[tuple[int, Unacceptable]]]:
    """The good ones of decoded readings, and what is wrong with the others, by position.

    Each item is an object or a list of three, as in a message.
    """
    latest_us = now_us + MAX_AHEAD_US
    columns = _read_columns(items, latest_us)
    return _read_one_by_one(items, latest_us) if columns is None else (columns, [])


def reject_readings(readings: Readings, reason: str, detail: str) -> Iterator[Rejection]:
    """The rejections of readings that obey the rule, but that cannot be kept.

    One message after the other: the originals of a large batch at once would be megabytes.
    """
    problem = Unacceptable(reason, detail)
    left = Counter(readings)
    named = {uuid.encode() for uuid in set(readings.sensor_uuids)}
    for body in readings.bodies:
        # To look for many names takes longer than to read.
        if len(named) > 20 or any(uuid in body.lower() for uuid in named):
            for reading, original in _read_originals(body):
                for _ in range(left.pop(reading, 0)):
                    yield reject(problem, original, reading.sensor_uuid)
    for reading in left.elements():
        yield reject(problem, _encode(reading), reading.sensor_uuid)


def _read_originals(body: bytes) -> Iterator[tuple[Reading, bytes]]:
    """The good readings of a message that has been parsed before, each with its original text."""
    items, is_batch = _items(body)
    originals = split_list(body) if is_batch else [body]
    for item, original in zip(items, originals, strict=True):
        with suppress(Unacceptable):
            yield _reading(item, LATEST_US), original


def _encode(reading: Reading) -> bytes:
    """The reading as a wire message, where its own is no longer at hand."""
    return orjson.dumps(
        {
            "timestamp": from_us(reading.measured_at_us).isoformat(),
            "sensor_id": reading.sensor_uuid,
            "measurement_value": reading.energy_kwh,
        }
    )


def _items(body: bytes) -> tuple[list[Any], bool]:
    """The message's readings, still unchecked, and whether they came as a list of readings."""
    if len(body) > MAX_MESSAGE_BYTES:
        raise Unacceptable(
            "too_large", f"The message has {len(body)} bytes; {MAX_MESSAGE_BYTES} are allowed."
        )
    value = decode(body)
    if not isinstance(value, list) or not _is_batch(value):
        return [value], False
    if len(value) > MAX_READINGS:
        raise Unacceptable(
            "too_many", f"The message has {len(value)} readings; {MAX_READINGS} are allowed."
        )
    return value, True


def _is_batch(value: list[Any]) -> bool:
    # [time, sensor, value] is one reading: a list is a batch when something in it is a reading.
    return not value or any(isinstance(item, dict | list) for item in value)


def _read_columns(items: Sequence[Any], latest_us: int) -> Readings | None:
    """The readings of a faultless message, a column at a time; None when in doubt.

    Several times faster than one by one, which then finds what is wrong with which.
    """
    try:
        timestamps, sensor_ids, values = _columns(items)
        if set(map(type, sensor_ids)) != {str}:
            return None
        uuids = list(map(_CANONICAL.__getitem__, sensor_ids))
        at_us = _timestamps_us(timestamps, latest_us)
    except (Unacceptable, ValueError, LookupError, TypeError):
        return None
    if not (set(map(type, values)) <= {int, float} and all(map(isfinite, values))):
        return None
    if (
        min(values) < 0
        or max(values) > MAX_REGISTER_KWH
        or min(at_us) < OLDEST_US
        or max(at_us) > latest_us
    ):
        return None
    # Adding 0.0 makes a float of an integer, and 0.0 of -0.0.
    return Readings(uuids, array("q", at_us), array("d", [value + 0.0 for value in values]))


_fields = itemgetter("timestamp", "sensor_id", "measurement_value")


def _columns(items: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any], Sequence[Any]]:
    """Timestamps, sensor ids and values. Raises when the items are not all of one shape."""
    kinds = set(map(type, items))
    if kinds == {dict}:
        items = list(map(_fields, items))
    elif kinds != {list}:
        raise TypeError("mixed shapes")
    timestamps, sensor_ids, values = zip(*items, strict=True)  # strict: each has three
    return timestamps, sensor_ids, values


def _timestamps_us(timestamps: Sequence[Any], latest_us: int) -> list[int]:
    """UTC microseconds. Raises ``Unacceptable`` as for a single one, but may accept what is out
    of range."""
    if set(map(type, timestamps)) == {int}:
        if min(timestamps) >= FIRST_MILLISECONDS:
            return [timestamp * 1000 for timestamp in timestamps]
        if max(timestamps) < FIRST_MILLISECONDS:
            return [timestamp * 1_000_000 for timestamp in timestamps]
    return [_timestamp_us(timestamp, latest_us) for timestamp in timestamps]


def _read_one_by_one(
    items: Sequence[Any], latest_us: int
) -> tuple[Readings, list[tuple[int, Unacceptable]]]:
    """The good readings, and what is wrong with the others, by position."""
    readings: list[Reading] = []
    bad: list[tuple[int, Unacceptable]] = []
    for position, item in enumerate(items):
        try:
            readings.append(_reading(item, latest_us))
        except Unacceptable as problem:
            bad.append((position, problem.without_frames()))
    return Readings.of(readings), bad


def _reading(item: Any, latest_us: int) -> Reading:
    """Checks one decoded reading. Raises ``Unacceptable``."""
    if type(item) is dict:
        try:
            timestamp = item["timestamp"]
            sensor_id = item["sensor_id"]
            value = item["measurement_value"]
        except KeyError as missing:
            raise Unacceptable("bad_shape", f"The field {missing} is missing.") from None
    elif type(item) is list and len(item) == 3:
        timestamp, sensor_id, value = item
    else:
        raise Unacceptable(
            "bad_shape",
            "A reading is an object with timestamp, sensor_id and measurement_value, "
            "or a list of the three.",
        )
    return Reading(_uuid(sensor_id), _timestamp_us(timestamp, latest_us), _energy_kwh(value))


def _uuid(value: Any) -> str:
    """The id in lower case, as one object however often a sensor is named: that saves memory."""
    if type(value) is str:
        return _CANONICAL[value]
    raise _bad_sensor_id(value)


class _CanonicalUuids(dict[str, str]):
    """Ids in lower case by how they were written; those that are none raise ``Unacceptable``.

    A dictionary, because a least-recently-used cache takes twice the memory. When it is full it
    begins anew.
    """

    def __missing__(self, text: str) -> str:
        canonical = text.lower()
        if not _UUID(canonical):
            raise _bad_sensor_id(text)
        if len(self) >= UUIDS_KEPT:
            self.clear()
        self[text] = canonical = text if canonical == text else canonical
        return canonical


_CANONICAL = _CanonicalUuids()


def _bad_sensor_id(value: Any) -> Unacceptable:
    return Unacceptable("bad_sensor_id", f"sensor_id must be a UUID, not {printable(value)}.")


def _energy_kwh(value: Any) -> float:
    if (type(value) is float or type(value) is int) and 0 <= value <= MAX_REGISTER_KWH:  # not NaN
        return float(value) + 0.0  # -0.0 becomes 0.0
    raise Unacceptable(
        "bad_value",
        f"measurement_value must be a number of kWh from 0 to 1e12, not {printable(value)}.",
    )


def _timestamp_us(value: Any, latest_us: int) -> int:
    if type(value) is int or type(value) is float:
        at_us = _from_number(value)
    elif type(value) is str:
        at_us = _from_iso(value)
    else:
        raise Unacceptable(
            "bad_timestamp",
            f"timestamp must be ISO 8601 with an offset, or epoch seconds or milliseconds, "
            f"not {printable(value)}.",
        )
    if at_us > latest_us:
        raise Unacceptable(
            "future_timestamp", f"{printable(value)} is more than 5 minutes in the future."
        )
    if at_us < OLDEST_US:
        raise Unacceptable("old_timestamp", f"{printable(value)} is before 2000-01-01.")
    return at_us


def _from_number(value: float) -> int:
    if not -1e18 < value < 1e18:  # NaN and infinity too
        raise Unacceptable("bad_timestamp", f"{printable(value)} is not a time.")
    return round(value * 1000) if value >= FIRST_MILLISECONDS else round(value * 1_000_000)


def _from_iso(text: str) -> int:
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise Unacceptable(
                "naive_timestamp", f"{printable(text)} has no offset: write Z or +02:00 behind it."
            )
        return to_us(at)
    except (ValueError, OverflowError) as error:
        if isinstance(error, Unacceptable):
            raise
        raise Unacceptable("bad_timestamp", f"{printable(text)} is not an ISO 8601 time.") from None


def _sensor_uuid_of(item: Any) -> str | None:
    """The sensor that a rejected reading names, where it does: so that it can be searched for."""
    named = item.get("sensor_id") if isinstance(item, dict) else None
    if isinstance(item, list) and len(item) == 3:
        named = item[1]
    try:
        return _uuid(named)
    except Unacceptable:
        return None
