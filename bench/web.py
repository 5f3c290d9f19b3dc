"""The web server of a benchmark, and its pages' sockets."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from websockets.asyncio.client import ClientConnection, connect

from bench.databases import Databases
from bench.programs import Program, running

OPEN_WITHIN_S = 60


@contextmanager
def web_server(database_url: str) -> Iterator[tuple[Program, int]]:
    """daphne as the Procfile starts it, but on the loopback. Gives it and its port."""
    port = _free_port()
    arguments = ["daphne", "-b", "127.0.0.1", "-p", str(port), "energy.asgi:application"]
    environment = {**os.environ, "DATABASE_URL": database_url}
    with running(arguments, ready="Listening on TCP", environment=environment) as server:
        server.wait_until_ready()
        yield server, port


def open_sessions(databases: Databases, name: str, owners: int) -> list[str]:
    """Session keys of the first so many owners in a database."""
    return databases.run_python(name, "-m", "bench.sessions", "--owners", str(owners)).split()


def page_socket(port: int, session_key: str) -> connect:
    """The socket of a page that has seen everything so far; to be used with `async with`."""
    return connect(
        f"ws://127.0.0.1:{port}/ws/notifications/",
        additional_headers={"Cookie": f"sessionid={session_key}"},
        compression=None,
        open_timeout=OPEN_WITHIN_S,
        # The figures are the server's: a busy client must not close sockets by itself.
        ping_interval=None,
        proxy=None,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


__all__ = ["ClientConnection", "open_sessions", "page_socket", "web_server"]
