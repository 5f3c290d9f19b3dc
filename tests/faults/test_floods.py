"""A flood of late readings: others' readings are stored before it, and nothing is lost."""

import random
from collections.abc import Iterator
from itertools import islice

import pytest

from tests.servers import until

from .check import DEFERRED, check_settled
from .programs import Program
from .publisher import Ledger, Publisher
from .site import Site
from .wire import Message, Meter, Row, messages, reading_at

READINGS_A_MESSAGE = 1_000
#: Minutes of the flooding meter; its newest reading comes first, so that all others are late.
FLOOD = 12_000
NEWEST = FLOOD + 1


def newest_of(meter: Meter) -> Message:
    return next(messages([reading_at(meter, NEWEST, 100_000.0)]))


def zigzag(meter: Meter) -> Iterator[Message]:
    """Late readings out of order: in the end each second interval is a peak."""
    minutes = list(range(FLOOD))
    random.Random(3).shuffle(minutes)
    rows: Iterator[Row] = (
        reading_at(meter, minute, (minute // 2 * 2 + minute % 2 * 1.5) / 10) for minute in minutes
    )
    return messages(rows, size=READINGS_A_MESSAGE)


def is_stored(site: Site, meter: Meter, minute: int) -> bool:
    at_us = reading_at(meter, minute, 0).at_us
    found = site.database.value(
        "SELECT count(*) FROM monitoring_reading WHERE sensor_id = %s"
        " AND measured_at = to_timestamp(%s)",
        meter.sensor_id,
        at_us / 1e6,
    )
    return bool(found)


def wait_until_deferred(site: Site, *, at_least: int) -> None:
    until(
        lambda: site.database.value(DEFERRED) >= at_least,
        what=f"{at_least} readings are put aside",
    )


def test_a_reading_behind_a_flood_is_stored_before_it(
    site: Site, worker: Program, meters: list[Meter], publisher: Publisher, ledger: Ledger
) -> None:
    flooding, other = meters[:2]
    publisher.publish([newest_of(flooding)])
    check_settled(site, ledger)
    publisher.publish(zigzag(flooding))
    publisher.publish(messages([reading_at(other, 1, 10.0)]))
    until(lambda: is_stored(site, other, 1), what="the other meter's reading is stored")
    assert site.database.value(DEFERRED) > 0
    check_settled(site, ledger)
    assert worker.is_alive()


@pytest.mark.usefixtures("no_worker")
def test_workers_killed_in_a_flood(
    site: Site, meters: list[Meter], publisher: Publisher, ledger: Ledger
) -> None:
    chance = random.Random(5)
    flooding, *others = meters
    publisher.publish([newest_of(flooding)])
    flood = zigzag(flooding)
    live = messages(
        (reading_at(other, minute, minute / 20) for minute in range(1_000) for other in others),
        size=len(others),
    )
    for _ in range(4):
        worker = site.worker()
        publisher.publish(islice(flood, FLOOD // READINGS_A_MESSAGE // 4))
        publisher.publish(islice(live, 50))
        # At a moment of the work, not of the clock.
        wait_until_deferred(site, at_least=chance.randrange(1, FLOOD // 8))
        worker.kill()
    site.worker()
    check_settled(site, ledger)
