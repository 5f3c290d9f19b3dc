"""A real server and bodies that are too long: cut off early, and kept nowhere."""

import asyncio
import http.client
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import psutil
import pytest
from django.test import Client

from accounts.api_tokens import create_api_token
from accounts.models import User
from energy.body_limits import WithinLimits
from monitoring.models import ImportPart, ReadingImport
from tests.servers import free_port, until, web_server

pytestmark = pytest.mark.django_db(transaction=True)

MB = 1_000_000
PIECE = b"x" * 65536
BODY_BYTES = 300 * MB
TOKEN = "0123456789abcdef"
ANYWHERE = ["/accounts/login/", "/metrics", "/nothing-here/", "/static/energy/icon.svg"]
UPLOADS = ["/api/v1/readings/import/", "/admin/monitoring/readingimport/add/"]


class Server(NamedTuple):
    address: str
    process: psutil.Process
    temporary: Path

    def spooled_bytes(self) -> int:
        """What its temporary files hold, those too that have no name any more."""
        found = 0
        for number in os.listdir(f"/proc/{self.process.pid}/fd"):
            path = f"/proc/{self.process.pid}/fd/{number}"
            with suppress(OSError):
                if os.readlink(path).startswith(str(self.temporary)):
                    found += os.stat(path).st_size
        return found

    def peak_memory_bytes(self) -> int:
        """The most that was ever resident."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) * 1024


class Sent(NamedTuple):
    """What became of a request with a long body."""

    status: int | None
    bytes: int
    memory_bytes: int
    spooled_bytes: int


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    port, temporary = free_port(), tmp_path_factory.mktemp("spool")
    with web_server(port, TMPDIR=str(temporary), METRICS_TOKEN=TOKEN) as address:
        (process,) = [
            each
            for each in psutil.process_iter(["cmdline"])
            if str(port) in (each.info["cmdline"] or [])
        ]
        with suppress(HTTPError):
            urlopen(f"{address}/nothing-here/", timeout=30)  # what any first request takes
        yield Server(address, process, temporary)


def send(
    server: Server, path: str, *, chunked: bool, size: int = BODY_BYTES, **headers: str
) -> Sent:
    """Sends until the body or the connection ends, and measures what the server keeps meanwhile."""
    parts = urlsplit(server.address)
    before, spooled, sent = server.peak_memory_bytes(), 0, 0
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=30) as line:
        length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
        named = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        line.sendall(f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{named}{length}\r\n\r\n".encode())
        with suppress(ConnectionError):
            while sent < size:
                piece = PIECE[: size - sent]
                line.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
                sent += len(piece)
                if sent % (16 * len(PIECE)) == 0:
                    spooled = max(spooled, server.spooled_bytes())
            if chunked:
                line.sendall(b"0\r\n\r\n")
        status = _status(line)
    return Sent(status, sent, server.peak_memory_bytes() - before, spooled)


def _status(line: socket.socket) -> int | None:
    answer = http.client.HTTPResponse(line)
    try:
        answer.begin()
    except (ConnectionError, http.client.HTTPException):
        return None  # it was closed while it was still sending
    return answer.status


@pytest.mark.parametrize(
    ("path", "chunked"),
    [*((path, False) for path in (*ANYWHERE, *UPLOADS)), (ANYWHERE[0], True), (UPLOADS[0], True)],
)
def test_long_body_is_cut_off_before_it_is_kept(server: Server, path: str, chunked: bool) -> None:
    sent = send(server, path, chunked=chunked, Authorization="Token made-up")
    print(path, "chunked" if chunked else "declared", sent)
    assert sent.status in {413, None}
    assert sent.bytes < 30 * MB  # what the kernel's buffers take, and what is thrown away
    assert sent.memory_bytes < 20 * MB
    assert sent.spooled_bytes < 2 * MB


@pytest.mark.parametrize("chunked", [False, True])
def test_client_that_reads_gets_its_413(server: Server, chunked: bool) -> None:
    sent = send(server, "/accounts/login/", chunked=chunked, size=1_500_000)
    assert sent.status == 413


@pytest.mark.parametrize("chunked", [False, True])
def test_user_uploads_a_long_file(server: Server, alice: User, chunked: bool) -> None:
    _, key = create_api_token(user=alice, name="test")
    headers = {"Authorization": f"Token {key}", "Content-Type": "text/csv"}
    path, size = UPLOADS[0], 40 * MB
    sent = send(server, path, chunked=chunked, size=size, **headers)
    print(sent)
    assert sent.status == 202
    assert ReadingImport.objects.get().size_bytes == size
    assert sum(len(part.content) for part in ImportPart.objects.all()) == size
    assert sent.memory_bytes < 30 * MB
    until(lambda: server.spooled_bytes() == 0, what="no temporary file is left")


def test_only_an_administrator_uploads_in_the_administration(
    server: Server, as_alice: Client, as_administrator: Client
) -> None:
    def upload(client: Client) -> int | None:
        cookie = f"sessionid={client.cookies['sessionid'].value}"
        return send(server, UPLOADS[1], chunked=False, size=4 * MB, Cookie=cookie).status

    assert upload(as_alice) == 413
    assert upload(as_administrator) == 403  # it has no CSRF token


def test_connection_goes_on_after_a_body_that_was_taken(server: Server) -> None:
    line = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=30)
    for size in (10, 900_000, 0, 70_000):
        line.request("POST", "/api/v1/readings/", b"x" * size)
        answer = line.getresponse()
        assert answer.status == 401
        answer.read()
    line.close()


def test_body_that_does_not_come_in_time_is_refused() -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("It was not to be called.")

    async def receive() -> Any:
        await asyncio.sleep(60)

    sent: list[Any] = []

    async def send_message(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "headers": [(b"content-length", b"5")],
    }
    asyncio.run(WithinLimits(application, within_s=0.01)(scope, receive, send_message))
    assert sent[0]["status"] == 408
