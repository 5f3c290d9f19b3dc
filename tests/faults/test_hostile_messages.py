"""Whatever comes through the real broker ends as a row or in quarantine, with the right reason."""

import bz2
import json
import time
import zlib
from itertools import islice

import pytest
from celery import Celery

from .check import assert_same, check_settled, kept, named
from .programs import Program
from .publisher import Ledger, Publisher
from .site import Site
from .wire import (
    Message,
    Meter,
    Rejected,
    Row,
    as_object,
    load,
    message_of,
    messages,
    reading_at,
    readings,
    some,
)

LIMIT_BYTES = 256 * 1024
MOST_GROWTH_MB = 100
REFUSED_KWH = 10.8642
DIGITS = "9" * 5000


def rejected(body: bytes, reason: str, **headers: str) -> Message:
    return Message(body, rejected=(Rejected(reason, body),), headers=headers)


def whole_bodies() -> dict[str, Message]:
    """Bodies that are not a message at all."""
    bomb = b" " * 200_000_000
    return {
        "10 MB": rejected(b" " * 10_000_000, "too_large"),
        "zip bomb": rejected(zlib.compress(bomb), "not_json", compression="application/x-gzip"),
        "bz2 bomb": rejected(bz2.compress(bomb), "not_json", compression="application/x-bz2"),
        "not UTF-8": rejected(b'{"timestamp": "\xff\xfe"}', "not_json"),
        "NUL bytes": rejected(b"\0" * 100, "not_json"),
        "empty": rejected(b"", "not_json"),
        "deep": rejected(b"[" * 100_000, "not_json"),
        "deep and closed": rejected(b"[" * 100_000 + b"]" * 100_000, "not_json"),
        "deep objects": rejected(b'{"a":' * 40_000, "not_json"),
        "a number": rejected(b"1", "bad_shape"),
        "too many": rejected(b"[" + b"[],\n" * 1000 + b"[]]", "too_many"),
    }


def single_readings(meter: Meter, nobody: str, inactive: Meter) -> dict[str, Message]:
    """Readings with one thing wrong, as it stands in the body."""
    good = json.dumps(as_object(reading_at(meter, 0, 1.25)))

    def with_value(text: str) -> Message:
        return rejected(good.replace("1.25", text).encode(), "bad_value")

    def with_time(text: str, reason: str = "bad_timestamp") -> Message:
        return rejected(good.replace("1735689600000", text).encode(), reason)

    return {
        "5,000 digits": with_value(DIGITS),
        "1e400": with_value("1e400"),
        "NaN": with_value("NaN"),
        "Infinity": with_value("Infinity"),
        "negative": with_value("-0.1"),
        "true": with_value("true"),
        "text": with_value('"1.25"'),
        "null": with_value("null"),
        "time of 5,000 digits": with_time(DIGITS),
        "time true": with_time("true"),
        "time 1e400": with_time("1e400"),
        "time without offset": with_time('"2025-01-01T00:00:00"', "naive_timestamp"),
        "clock far ahead": with_time(str(round(time.time()) + 3600), "future_timestamp"),
        "clock in another age": with_time('"9999-12-31T23:59:59Z"', "future_timestamp"),
        "clock not set": with_time("0", "old_timestamp"),
        "NUL in the id": rejected(good.replace(meter.uuid, r"\u0000").encode(), "bad_sensor_id"),
        "missing field": rejected(good.replace("sensor_id", "id").encode(), "bad_shape"),
        "unknown": rejected(good.replace(meter.uuid, nobody).encode(), "unknown_sensor"),
        "inactive": rejected(good.replace(meter.uuid, inactive.uuid).encode(), "inactive_sensor"),
    }


def good_ones(meter: Meter) -> list[Message]:
    """At the edges of what is allowed."""
    full = message_of([reading_at(meter, 1, 2.0)])
    extra = reading_at(meter, 2, 3.0)
    fields = {**as_object(extra), "note": "x" * 1000, "nested": [{"\0": None}]}
    return [
        full._replace(body=full.body.ljust(LIMIT_BYTES)),
        Message(json.dumps(fields).encode(), (extra,)),
    ]


def test_each_is_stored_or_quarantined_and_the_worker_lives(
    site: Site, worker: Program, meters: list[Meter], publisher: Publisher, ledger: Ledger
) -> None:
    meter, other = meters[:2]
    inactive = site.database.seed_meter(is_active=False)
    publisher.publish(islice(load([other]), 100))
    check_settled(site, ledger)
    peak_mb = worker.peak_memory_mb()
    bad = whole_bodies() | single_readings(meter, "5c2494a3-1140-4c7a-991a-a1a2561c6bc2", inactive)
    too_long = good_ones(meter)[0].body + b" "
    publisher.publish([*bad.values(), *good_ones(meter), rejected(too_long, "too_large")])
    check_settled(site, ledger)
    assert_same(map(named, site.database.quarantine()), kept(ledger), "quarantine")
    assert worker.is_alive()
    assert worker.peak_memory_mb() < peak_mb + MOST_GROWTH_MB


def test_a_bad_reading_costs_none_of_its_neighbours(
    site: Site, worker: Program, meters: list[Meter], publisher: Publisher, ledger: Ledger
) -> None:
    bad = [
        Rejected("bad_value", b'[1735689600000, "%s", NaN]' % meters[0].uuid.encode()),
        Rejected("bad_shape", b'{"measurement_value": 1}'),
    ]
    (good,) = islice(messages(readings(meters), size=100), 1)
    body = b",".join([good.body[:-1], *(entry.raw for entry in bad)]) + b"]"
    publisher.publish([Message(body, good.rows, tuple(bad))])
    check_settled(site, ledger)
    assert_same(map(named, site.database.quarantine()), kept(ledger), "quarantine")
    assert worker.is_alive()


def test_another_value_for_a_stored_time_is_a_conflict(
    site: Site, worker: Program, meters: list[Meter], publisher: Publisher, ledger: Ledger
) -> None:
    publisher.publish([message_of([reading_at(meters[0], 0, 1.0)])])
    check_settled(site, ledger)
    second = message_of([reading_at(meters[0], 0, 2.0)]).body
    publisher.publish([rejected(second, "conflict")])
    check_settled(site, ledger)
    assert worker.is_alive()


@pytest.mark.parametrize("size", [1, 100])
def test_the_database_refuses_one_reading_of_five_hundred(
    site: Site,
    worker: Program,
    meters: list[Meter],
    publisher: Publisher,
    ledger: Ledger,
    size: int,
) -> None:
    rows = list(islice(readings(meters), 500))
    refused = Row(rows[317].uuid, rows[317].at_us, REFUSED_KWH)
    rows[317] = refused
    sent = [
        message._replace(
            rows=tuple(row for row in message.rows if row != refused),
            rejected=(Rejected("not_storable", message_of([refused]).body),),
        )
        if refused in message.rows
        else message
        for message in messages(rows, size=size)
    ]
    with site.database.changed(
        f"ALTER TABLE monitoring_reading ADD CONSTRAINT refuse CHECK (energy_kwh <> {REFUSED_KWH})",
        "ALTER TABLE monitoring_reading DROP CONSTRAINT refuse",
    ):
        publisher.publish(sent)
        check_settled(site, ledger)
    assert worker.is_alive()


def test_a_broadcast_ends_no_worker(
    site: Site, worker: Program, meters: list[Meter], publisher: Publisher, ledger: Ledger
) -> None:
    sent = iter(some(meters, 100, size=1))
    publisher.publish(islice(sent, 50))
    check_settled(site, ledger)  # the worker would hear it
    with Celery(broker=site.broker.url, set_as_current=False) as somebody:
        somebody.control.shutdown()
    publisher.publish(sent)
    check_settled(site, ledger)
    assert worker.is_alive()
