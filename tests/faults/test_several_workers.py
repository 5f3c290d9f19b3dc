"""Several workers on one queue, with the same sensors; messages out of order and more than once."""

import random

import pytest

from .check import check_settled
from .programs import Program
from .publisher import Ledger, Publisher
from .site import Site
from .wire import Message, Meter, some

#: Small batches, so that the workers' transactions meet often.
SMALL = {"INGEST_BATCH_SIZE": "40", "INGEST_PREFETCH": "40"}


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
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    assert site.database.value(deadlocks) == 0


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
