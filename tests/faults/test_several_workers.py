"""Several workers on one queue, with the same sensors; messages out of order and more than once."""

import random

import pytest

from tests.servers import until

from .check import check_settled
from .database import COMMITS, HOLD_COMMITS, LET_COMMITS_GO
from .programs import Program
from .publisher import Ledger, Publisher
from .site import Site
from .wire import Message, Meter, some

#: Small batches, so that the workers' transactions meet often.
SMALL = {"INGEST_BATCH_SIZE": "40", "INGEST_PREFETCH": "40"}
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


def mixed(sent: list[Message], *, copies: int) -> list[Message]:
    sent = sent * copies
    random.Random(7).shuffle(sent)
    return sent


@pytest.mark.usefixtures("no_worker")
@pytest.mark.parametrize("number", [2, 3])
def test_workers_share_a_queue(
    site: Site, meters: list[Meter], publisher: Publisher, ledger: Ledger, number: int
) -> None:
    workers = [site.worker(**SMALL) for _ in range(number)]
    publisher.publish(mixed(some(meters, 200, size=3), copies=2))
    check_settled(site, ledger)
    assert all(worker.is_alive() for worker in workers)
    for worker in workers:
        worker.terminate(within_s=10)


@pytest.mark.usefixtures("no_worker")
def test_two_workers_meet_new_sensors_at_once(
    site: Site, meters: list[Meter], publisher: Publisher, ledger: Ledger
) -> None:
    sent = some(meters, 2, size=len(meters))
    for _ in range(2):
        site.worker(INGEST_PREFETCH="1")
    with (
        site.database.changed(HOLD_COMMITS, LET_COMMITS_GO),
        site.database.locked(COMMITS) as held,
    ):
        publisher.publish(sent[:1])
        held.wait_until_waited_for()
        publisher.publish(sent[1:])
        until(lambda: site.database.value(WAITING) == 2, what="the other worker waits too")
    check_settled(site, ledger)


def test_every_message_delivered_twice(
    site: Site, worker: Program, meters: list[Meter], publisher: Publisher, ledger: Ledger
) -> None:
    sent = some(meters, 100)
    publisher.publish(message for message in sent for _ in range(2))
    publisher.publish(mixed(sent, copies=1))
    check_settled(site, ledger)
    assert ledger.confirmed == 3 * len(sent)
    assert not site.database.quarantine()
    assert worker.is_alive()
