"""Clients that ask for a file and read nothing of it."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import psutil

from tests.servers import until

#: Bytes that the client's side of the connection holds: the rest is the server's to keep.
RECEIVED = 4096


@contextmanager
def unread(url: str, tokens: list[str]) -> Iterator[list[socket.socket]]:
    """Asks for the file once with each token, and reads nothing."""
    with ExitStack() as stack:
        yield [stack.enter_context(_ask(url, token)) for token in tokens]


@contextmanager
def _ask(url: str, token: str) -> Iterator[socket.socket]:
    parts = urlsplit(url)
    line = socket.socket()
    with line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED)
        line.settimeout(60)
        line.connect((parts.hostname, parts.port))
        line.sendall(
            f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            f"Authorization: Token {token}\r\n\r\n".encode()
        )
        yield line


def settle(process: psutil.Process, *, work: float = 0.02) -> None:
    """Waits until a process works for less than ``work`` of a second in each of three."""
    quiet = 0

    def is_quiet() -> bool:
        nonlocal quiet
        quiet = quiet + 1 if process.cpu_percent(interval=1) < 100 * work else 0
        return quiet >= 3

    process.cpu_percent()
    until(is_quiet, what="the server has come to rest", within_s=300)
