"""RabbitMQ fails under load; the meters repeat what was not confirmed."""

import signal

import pytest

from tests.servers import until

from .broker import USUAL_DISK_LIMIT
from .check import check_remains, check_settled
from .programs import Program
from .publisher import Ledger, Publisher, sending
from .site import Site
from .wire import Meter, load


@pytest.mark.parametrize("crashes", [False, True], ids=["restarted", "crashed"])
def test_restart_under_load(
    site: Site,
    worker: Program,
    meters: list[Meter],
    publisher: Publisher,
    ledger: Ledger,
    crashes: bool,
) -> None:
    with sending(publisher, load(meters), per_s=500):
        until(lambda: len(site.database.rows()) > 200, what="readings come")
        site.servers.rabbitmq.stop(immediate=crashes)
        site.servers.bring_up()
        before = site.database.count("monitoring_reading")
        until(
            lambda: site.database.count("monitoring_reading") > before + 200,
            what="readings come again",
        )
    check_settled(site, ledger)
    assert worker.is_alive()


def test_paused_for_longer_than_the_heartbeat(
    site: Site, worker: Program, meters: list[Meter], publisher: Publisher, ledger: Ledger
) -> None:
    heartbeat_s, consumers = site.broker.heartbeat_s(), site.broker.consumers()
    with sending(publisher, load(meters), per_s=500):
        until(lambda: site.database.count("monitoring_reading") > 200, what="readings come")
        site.servers.rabbitmq.kill(signal.SIGSTOP)
        check_remains(worker.is_alive, what="the worker lives", for_s=2.5 * heartbeat_s + 2)
        before = site.database.count("monitoring_reading")
        site.servers.rabbitmq.kill(signal.SIGCONT)
        until(
            lambda: site.database.count("monitoring_reading") > before + 200,
            what="readings come again",
        )
    check_settled(site, ledger)
    assert worker.is_alive()
    assert site.broker.consumers() != consumers, "the worker has not noticed"


def test_disk_alarm_blocks_publishers_and_loses_nothing(
    site: Site, worker: Program, meters: list[Meter], publisher: Publisher, ledger: Ledger
) -> None:
    with sending(publisher, load(meters), per_s=500) as thread:
        until(lambda: site.database.count("monitoring_reading") > 200, what="readings come")
        site.broker.set_disk_limit("1000000GB")
        until(publisher.blocked.is_set, what="the broker takes no messages")
        confirmed = ledger.confirmed
        check_remains(lambda: ledger.confirmed == confirmed, what="nothing is confirmed", for_s=2)
        assert thread.is_alive()
        # What was confirmed before is stored all the same.
        until(
            lambda: site.database.count("monitoring_reading") >= confirmed,
            what="the worker works on",
        )
        site.broker.set_disk_limit(USUAL_DISK_LIMIT)
        until(lambda: ledger.confirmed > confirmed + 200, what="messages are confirmed again")
    check_settled(site, ledger)
    assert worker.is_alive()
