"""PostgreSQL fails under a worker that lives on."""

from itertools import islice

from tests.servers import until

from .check import check_committed_together, check_remains, check_settled
from .database import INBOXES, STATES
from .programs import Program
from .publisher import Ledger, Publisher, sending
from .site import Site
from .wire import Meter, load, messages, readings

FLAT_MB = 10


def test_immediate_stop_in_mid_transaction(
    site: Site, worker: Program, meters: list[Meter], publisher: Publisher, ledger: Ledger
) -> None:
    sent = messages(readings(meters))
    publisher.publish(islice(sent, 200))
    check_settled(site, ledger)
    with site.database.locked(INBOXES) as held:
        publisher.publish(islice(sent, 500))
        held.wait_until_waited_for()
        site.servers.postgres.stop(immediate=True)
    site.servers.bring_up()
    check_committed_together(site)
    check_settled(site, ledger)
    assert worker.is_alive()


def test_immediate_stop_under_load(
    site: Site, worker: Program, meters: list[Meter], publisher: Publisher, ledger: Ledger
) -> None:
    with sending(publisher, load(meters), per_s=500):
        until(lambda: site.database.count("monitoring_reading") > 200, what="readings come")
        site.servers.postgres.stop(immediate=True)
        site.servers.bring_up()
        before = site.database.count("monitoring_reading")
        check_committed_together(site)
        until(
            lambda: site.database.count("monitoring_reading") > before + 200,
            what="readings come again",
        )
    check_settled(site, ledger)
    assert worker.is_alive()


def test_away_for_longer_than_the_heartbeat(
    site: Site, worker: Program, meters: list[Meter], publisher: Publisher, ledger: Ledger
) -> None:
    heartbeat_s, consumers = site.broker.heartbeat_s(), site.broker.consumers()
    sent = readings(meters)
    site.servers.postgres.stop()
    publisher.publish(islice(messages(sent), 2000))
    site.broker.wait_until_quiet()
    memory_mb = worker.memory_mb()
    publisher.publish(islice(messages(sent, size=50), 200))
    position, counts = site.broker.wait_until_quiet(), site.broker.counts()
    assert counts.ready > 0, "the backlog is in the worker, not in the broker"
    check_remains(worker.is_alive, what="the worker lives", for_s=2.5 * heartbeat_s)
    # Not a message was delivered again, so nothing of the delivery limit is used up.
    assert (site.broker.log_position(), site.broker.counts()) == (position, counts)
    assert worker.memory_mb() < memory_mb + FLAT_MB
    site.servers.bring_up()
    check_settled(site, ledger)
    assert site.broker.consumers() == consumers
    assert worker.is_alive()


def test_lock_held_against_the_writer_for_longer_than_the_heartbeat(
    site: Site, worker: Program, meters: list[Meter], publisher: Publisher, ledger: Ledger
) -> None:
    heartbeat_s, consumers = site.broker.heartbeat_s(), site.broker.consumers()
    sent = messages(readings(meters))
    publisher.publish(islice(sent, 200))
    check_settled(site, ledger)
    with site.database.locked(STATES) as held:
        publisher.publish(islice(sent, 500))
        held.wait_until_waited_for()
        position = site.broker.wait_until_quiet()
        check_remains(worker.is_alive, what="the worker lives", for_s=2.5 * heartbeat_s)
        assert site.broker.log_position() == position
        assert site.database.count("monitoring_reading") == 200
    check_settled(site, ledger)
    assert site.broker.consumers() == consumers
