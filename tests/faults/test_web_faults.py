"""A web server that is killed while it takes readings over HTTP."""

import itertools
import threading
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus

from tests.servers import until

from .check import check_settled
from .login import log_in
from .programs import Program
from .publisher import Ledger
from .site import Site
from .wire import Message, Meter, load

CLIENTS = 3
ENOUGH = 60


class Poster:
    """Posts messages one after the other; what was not answered with 202 is posted again."""

    def __init__(self, ledger: Ledger, messages: Iterable[Message]) -> None:
        self._ledger = ledger
        self._messages = iter(messages)
        self._one_at_a_time = threading.Lock()
        self._unanswered: list[Message] = []

    def post_until_refused(self, address: str, cookies: str) -> None:
        """Ends when the web server does not answer any more."""
        while True:
            with self._one_at_a_time:
                message = self._unanswered.pop() if self._unanswered else next(self._messages)
            try:
                status = post(address, cookies, message.body)
            except OSError:
                status = None
            with self._one_at_a_time:
                if status != HTTPStatus.ACCEPTED:
                    self._unanswered.append(message)
                    return
                self._ledger.enter(message)

    def finish(self, address: str, cookies: str) -> None:
        """Posts what was left without an answer."""
        while self._unanswered:
            message = self._unanswered.pop()
            assert post(address, cookies, message.body) == HTTPStatus.ACCEPTED
            self._ledger.enter(message)


def post(address: str, cookies: str, body: bytes) -> int:
    csrf = dict(cookie.split("=", 1) for cookie in cookies.split("; "))["csrftoken"]
    request = urllib.request.Request(
        f"http://{address}/api/v1/readings/",
        body,
        {"Content-Type": "application/json", "Cookie": cookies, "X-CSRFToken": csrf},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return int(answer.status)


@contextmanager
def posting(poster: Poster, address: str, cookies: str) -> Iterator[None]:
    """Several clients post until the web server is gone."""
    clients = [
        threading.Thread(target=poster.post_until_refused, args=(address, cookies), daemon=True)
        for _ in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    yield
    for client in clients:
        client.join(30)
        assert not client.is_alive()


def test_web_server_killed_while_it_takes_readings(
    site: Site, worker: Program, meters: list[Meter], ledger: Ledger
) -> None:
    poster = Poster(ledger, itertools.islice(load(meters), 100 * ENOUGH))
    with site.web_server() as address:
        cookies = log_in(f"http://{address}/accounts/login/")
        with posting(poster, address, cookies):
            until(lambda: ledger.confirmed >= ENOUGH, what="readings have been accepted")
            site.programs[-1].kill()
    with site.web_server() as address:
        poster.finish(address, cookies)
    check_settled(site, ledger)
    assert worker.is_alive()
