"""Redis forgets everything, goes away and comes back under a client's open page."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
from websockets.sync.client import ClientConnection, connect

from .check import check_settled
from .login import log_in
from .programs import Program
from .publisher import Ledger, Publisher
from .site import Site
from .wire import Message, Meter, message_of, reading_at

#: The page's socket looks at its inbox every 15 s; the rest is for a slow machine.
SHOWN_WITHIN_S = 15 + 5


def test_the_open_page_gets_each_peak_within_its_poll_interval(
    site: Site, worker: Program, meters: list[Meter], publisher: Publisher, ledger: Ledger
) -> None:
    with site.web_server() as address, opened_page(address) as page:
        publisher.publish([peak(meters[1], 1)])
        assert next_seq(page) == 1

        flush(site.servers.redis.address())
        publisher.publish([peak(meters[2], 2)])
        assert next_seq(page) == 2

        site.servers.redis.stop(immediate=True)
        publisher.publish([peak(meters[3], 3)])
        assert next_seq(page) == 3

        site.servers.bring_up()
        publisher.publish([peak(meters[4], 4)])
        assert next_seq(page) == 4
    check_settled(site, ledger)
    assert worker.is_alive()


def peak(meter: Meter, number: int) -> Message:
    """A minute of 6 kW, the next one of nothing. A further old peak of a sensor is no news."""
    before_kwh, after_kwh = number / 10, (number + 1) / 10
    return message_of(
        [reading_at(meter, 2 * number, before_kwh), reading_at(meter, 2 * number + 1, after_kwh)]
    )


def flush(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.flushall()


@contextmanager
def opened_page(address: str) -> Iterator[ClientConnection]:
    """The socket of the owner's page, after a real login."""
    headers = {"Cookie": log_in(f"http://{address}/accounts/login/")}
    url = f"ws://{address}/ws/notifications/?after=0"
    origin: Any = f"http://{address}"
    with connect(url, origin=origin, additional_headers=headers) as socket:
        yield socket


def next_seq(page: ClientConnection) -> int:
    deadline = time.monotonic() + SHOWN_WITHIN_S
    while (message := json.loads(page.recv(deadline - time.monotonic())))["type"] == "alive":
        pass
    assert message["type"] == "peak"
    return int(message["seq"])
