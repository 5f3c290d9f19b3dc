"""Servers of the suite's own; a clean database, empty queues, new sensors for each test."""

import signal
import sys
from collections.abc import Iterator
from types import FrameType

import pytest

from tests.servers import ROOT, until

sys.path.insert(0, str(ROOT / "bin"))

from _services.service import ServiceError

from .broker import USUAL_DISK_LIMIT, Counts
from .programs import Program
from .publisher import Ledger, Publisher
from .site import Site, temporary_site
from .wire import Meter

SENSORS = 10


@pytest.fixture(scope="package")
def servers_site() -> Iterator[Site]:
    """Servers that may be broken; they end with the suite, also when it is terminated."""

    def leave(number: int, _frame: FrameType | None) -> None:
        pytest.exit("terminated", returncode=128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        with temporary_site() as site:
            yield site
    except ServiceError as error:
        pytest.fail(str(error), pytrace=False)
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.fixture
def site(servers_site: Site) -> Iterator[Site]:
    """The servers run, the tables and queues are empty; only this file's worker may be there."""
    servers_site.servers.bring_up()
    servers_site.broker.set_disk_limit(USUAL_DISK_LIMIT)
    if servers_site.broker.counts() != Counts(0, 0, 0):  # the test before has failed
        servers_site.end_programs()
        until(lambda: servers_site.broker.counts().unacked == 0, what="nothing is unacked")
        servers_site.broker.purge()
    servers_site.database.forget_everything()
    yield servers_site
    for program in servers_site.programs:  # pytest shows it when the test has failed
        print(f"--- {program.name}\n{program.tail()}")


@pytest.fixture
def meters(site: Site) -> list[Meter]:
    """Sensors of one owner; the maximum of each is 4 kW."""
    return site.database.seed_meters(SENSORS)


@pytest.fixture
def publisher(site: Site) -> Publisher:
    return Publisher(site.broker.url)


@pytest.fixture
def ledger(publisher: Publisher) -> Ledger:
    """What the broker has confirmed."""
    return publisher.ledger


@pytest.fixture(scope="module")
def _workers_of_the_module(servers_site: Site) -> Iterator[None]:
    """A file's workers end with it."""
    yield
    servers_site.end_programs()


@pytest.fixture
def worker(site: Site, _workers_of_the_module: None) -> Program:
    """The worker that the tests of a file share: that it lives through them is a part of them."""
    living = [program for program in site.programs if program.is_alive()]
    return living[0] if living else site.worker()


@pytest.fixture
def no_worker(site: Site) -> Iterator[None]:
    """The test starts its workers itself; they end with it."""
    site.end_programs()
    yield
    site.end_programs()
