"""Answers go no faster than they are read, and one that fails does not look finished."""

import http.client
import json
import os
import select
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from tests.servers import answers, free_port, program, until

#: More than the kernel keeps for a connection whose client takes 4 KiB.
MOST_KEPT = 8 * 2**20


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with program(
        *("daphne", "-b", "127.0.0.1", "-p", str(port), "tests.energy.endless:application"),
        is_ready=lambda _: answers(f"{address}/sent"),
        environment=dict(os.environ),
    ):
        yield address


def ask(address: str, path: str) -> socket.socket:
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.settimeout(30)
    parts = urlsplit(address)
    line.connect((parts.hostname, parts.port))
    line.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return line


def sent_bytes(address: str) -> int:
    with urllib.request.urlopen(f"{address}/sent", timeout=30) as answer:
        return int(json.load(answer))


def rest(address: str) -> int:
    """How much was sent when no more is."""
    last = -1

    def is_same() -> bool:
        nonlocal last
        before, last = last, sent_bytes(address)
        time.sleep(0.2)
        return before == last

    until(is_same, what="the server sends no more")
    return last


def test_server_waits_for_the_reader_and_goes_on_when_it_reads(address: str) -> None:
    before = sent_bytes(address)
    with ask(address, "/endless") as line:
        until(lambda: sent_bytes(address) > before, what="the answer has begun")
        waiting = rest(address)
        assert waiting - before < MOST_KEPT
        got = 0
        while got < 2 * MOST_KEPT:
            got += len(line.recv(2**20))
        assert sent_bytes(address) >= waiting + MOST_KEPT


def test_reader_who_stays_away_is_cut_off(address: str) -> None:
    with ask(address, "/endless") as line:
        begun = time.monotonic()
        gone = select.poll()
        gone.register(line, 0)  # errors alone
        assert gone.poll(30_000)
        assert time.monotonic() - begun > 2  # the server's patience is 3 s
    rest(address)


def test_answer_that_fails_breaks_off_and_others_go_on(address: str) -> None:
    for _ in range(2):
        with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)) as line:
            line.request("GET", "/fails")
            with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
                line.getresponse().read()
        sent_bytes(address)


def test_connection_is_kept_for_the_next_request(address: str) -> None:
    with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)) as line:
        for _ in range(3):
            line.request("GET", "/sent")
            json.loads(line.getresponse().read())
