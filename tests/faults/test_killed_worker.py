"""A worker that is killed at the worst moments, and one that is asked to stop at bad ones."""

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import islice

import pytest

from tests.servers import until

from .broker import Counts
from .check import check_committed_together, check_settled
from .database import COMMITS, HOLD_COMMITS, INBOXES, LET_COMMITS_GO, STATES
from .publisher import Ledger, Publisher, sending
from .site import Site
from .wire import Meter, load, messages, readings

pytestmark = pytest.mark.usefixtures("no_worker")

STOPS_WITHIN_S = 10


@pytest.mark.parametrize("lock", [STATES, INBOXES], ids=["nothing-written", "nearly-all-written"])
def test_killed_before_the_commit(
    site: Site, meters: list[Meter], publisher: Publisher, ledger: Ledger, lock: str
) -> None:
    sent = messages(readings(meters))
    worker = site.worker()
    publisher.publish(islice(sent, 200))
    check_settled(site, ledger)
    with site.database.locked(lock) as held:
        publisher.publish(islice(sent, 500))
        held.wait_until_waited_for()
        worker.kill()
        check_committed_together(site)
    until(lambda: site.broker.counts() == Counts(500, 0, 0), what="the broker has them all back")
    assert site.database.count("monitoring_reading") == 200
    site.worker()
    check_settled(site, ledger)


def test_killed_after_the_commit_and_before_the_acknowledgement(
    site: Site, meters: list[Meter], publisher: Publisher, ledger: Ledger
) -> None:
    worker = site.worker()
    with site.database.changed(HOLD_COMMITS, LET_COMMITS_GO):
        with site.database.locked(COMMITS) as held:
            publisher.publish(islice(load(meters), 500))
            assert held.wait_until_waited_for() == "COMMIT"
            # Its commit is under way; what comes of it, it will never hear.
            worker.send(signal.SIGSTOP)
        until(lambda: site.database.count("monitoring_reading") > 0, what="the commit is done")
        until(lambda: site.broker.counts() == Counts(0, 500, 0), what="none is acknowledged")
        check_committed_together(site)
        worker.kill()
    told = site.database.count("monitoring_notification")
    until(lambda: site.broker.counts() == Counts(500, 0, 0), what="the broker has them all back")
    assert site.database.count("monitoring_notification") == told
    site.worker()
    check_settled(site, ledger)


def test_asked_to_stop_under_load(
    site: Site, meters: list[Meter], publisher: Publisher, ledger: Ledger
) -> None:
    worker = site.worker()
    with sending(publisher, load(meters)):
        until(lambda: site.database.count("monitoring_reading") > 1000, what="readings come")
        worker.terminate(within_s=STOPS_WITHIN_S)
    until(lambda: site.broker.counts().unacked == 0, what="the broker has the others back")
    left = site.broker.counts()
    assert left.dead == 0
    # Each message is stored and gone, or still there: nothing is both, and nothing is neither.
    assert site.database.count("monitoring_reading") + left.ready == ledger.confirmed
    assert left.ready > 0
    check_committed_together(site)
    site.worker()
    check_settled(site, ledger)


Obstacle = Callable[[Site, Callable[[], None]], AbstractContextManager[None]]


@contextmanager
def database_away(site: Site, send: Callable[[], None]) -> Iterator[None]:
    site.servers.postgres.stop()
    send()
    until(lambda: site.broker.counts() == Counts(0, 300, 0), what="the worker has them")
    yield
    site.servers.bring_up()


@contextmanager
def database_locked(site: Site, send: Callable[[], None]) -> Iterator[None]:
    with site.database.locked(STATES) as held:
        send()
        held.wait_until_waited_for()
        yield


@pytest.mark.parametrize("obstacle", [database_away, database_locked])
def test_asked_to_stop_while(
    site: Site, meters: list[Meter], publisher: Publisher, ledger: Ledger, obstacle: Obstacle
) -> None:
    sent = messages(readings(meters))
    worker = site.worker()
    publisher.publish(islice(sent, 200))
    check_settled(site, ledger)
    with obstacle(site, lambda: publisher.publish(islice(sent, 300))):
        worker.terminate(within_s=STOPS_WITHIN_S)
    until(lambda: site.broker.counts() == Counts(300, 0, 0), what="the broker has them all back")
    site.worker()
    check_settled(site, ledger)
