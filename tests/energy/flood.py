"""Many people log in at the same moment, while a client looks at pages and sends readings."""

import asyncio
import http.client
import json
import resource
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import argon2
import psutil
from django.db import connection
from django.test import Client

from accounts.api_tokens import create_api_token
from accounts.models import User
from devices.models import Sensor
from tests.conftest import PASSWORD
from tests.servers import free_port, web_server

ANSWER_S = 180
#: Django's own cost, which the tests' passwords do not have.
HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=102_400, parallelism=8)


@dataclass
class Outcome:
    """What the people got, what the client got meanwhile, and what the server took."""

    logins: Counter[int | str] = field(default_factory=Counter)
    pages_s: list[float] = field(default_factory=list)
    pages: Counter[int | str] = field(default_factory=Counter)
    readings: Counter[int | str] = field(default_factory=Counter)
    connections: int = 0
    peak_mb: float = 0
    took_s: float = 0
    #: The slowest page while nobody else was there.
    usual_s: float = 0

    def __str__(self) -> str:
        ordered = sorted(self.pages_s)
        return (
            f"logins {dict(self.logins)} in {self.took_s:.0f} s; pages {dict(self.pages)}, half"
            f" within {ordered[len(ordered) // 2]:.2f} s, the slowest {ordered[-1]:.2f} s (before:"
            f" {self.usual_s:.2f} s); readings {dict(self.readings)}; at most"
            f" {self.peak_mb:.0f} MB and {self.connections} connections to the database"
        )


@contextmanager
def many_files() -> Iterator[None]:
    """Lets this process, and those that it starts, open as many files as the system allows."""
    before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (before, most))


def log_in_at_once(count: int, *, client: User, sensor: Sensor) -> Outcome:
    """``client`` looks at their overview and sends a reading of ``sensor`` again and again."""
    for number in range(10):
        user = User.objects.create_user(f"{number}@example.com", name=f"Client {number}")
        user.password = f"argon2{HASHER.hash(PASSWORD)}"
        user.save()
    port = free_port()
    with many_files(), web_server(port) as address:
        looking = _Looking(address, client, sensor)
        looking.get_used_to()
        with looking.going_on():
            begun = time.monotonic()
            looking.outcome.logins = asyncio.run(_log_in(address, count))
            looking.outcome.took_s = time.monotonic() - begun
        looking.outcome.peak_mb = _peak_mb(port)
    return looking.outcome


def _peak_mb(port: int) -> float:
    """The most memory that was ever resident in the server at a port."""
    for process in psutil.process_iter(["cmdline"]):
        if str(port) in (process.info["cmdline"] or []):
            status = Path(f"/proc/{process.pid}/status").read_text()
            (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
            return int(line.split()[1]) / 1024
    raise AssertionError(f"no server at {port}")


class _Looking:
    """A client with an open session and a token."""

    def __init__(self, address: str, user: User, sensor: Sensor) -> None:
        browser = Client()
        browser.force_login(user)
        self._session = {"Cookie": f"sessionid={browser.cookies['sessionid'].value}"}
        _, key = create_api_token(user=user, name="test")
        self._token = {"Authorization": f"Token {key}", "Content-Type": "application/json"}
        self._address = urlsplit(address).netloc
        self._sensor = sensor
        self._first_at = int(time.time()) - 3600
        self._sent = 0
        self.outcome = Outcome()

    def get_used_to(self) -> None:
        """The first page of a server takes longer than others; so does all on a busy machine."""
        for _ in range(6):
            self.look()
        self.outcome.usual_s = max(self.outcome.pages_s[1:])
        self.outcome.pages_s.clear()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        end = threading.Event()

        def go_on() -> None:
            while not end.wait(0.25):
                self.look()
            connection.close()  # the thread's own

        thread = threading.Thread(target=go_on)
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()

    def look(self) -> None:
        begun = time.monotonic()
        self.outcome.pages[self._ask("GET", "/", self._session)] += 1
        self.outcome.pages_s.append(time.monotonic() - begun)
        self._sent += 1
        reading = [self._first_at + self._sent, str(self._sensor.uuid), self._sent / 1000]
        body = json.dumps(reading)
        self.outcome.readings[self._ask("POST", "/api/v1/readings/", self._token, body)] += 1
        self.outcome.connections = max(self.outcome.connections, _count_connections())

    def _ask(
        self, method: str, path: str, headers: dict[str, str], body: str | None = None
    ) -> int | str:
        line = http.client.HTTPConnection(self._address, timeout=ANSWER_S)
        try:
            line.request(method, path, body, headers)
            answer = line.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__
        finally:
            line.close()
        return answer.status


def _count_connections() -> int:
    """Of all that use the tests' database; the tests have one or two of them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        (count,) = cursor.fetchone()
    return int(count)


async def _log_in(address: str, count: int) -> Counter[int | str]:
    line = http.client.HTTPConnection(urlsplit(address).netloc, timeout=ANSWER_S)
    line.request("GET", "/accounts/login/")
    answer = line.getresponse()
    answer.read()
    line.close()
    (cookie,) = [
        value.split(";")[0] for value in answer.headers.get_all("Set-Cookie", []) if "csrf" in value
    ]
    logins = (_post_login(address, cookie, f"{number % 10}@example.com") for number in range(count))
    return Counter(await asyncio.gather(*logins))


async def _post_login(address: str, cookie: str, email: str) -> int | str:
    """The status of the answer, or the error's name."""
    token = cookie.partition("=")[2]
    form = {"username": email, "password": PASSWORD, "csrfmiddlewaretoken": token}
    body = urlencode(form)
    head = (
        f"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    parts = urlsplit(address)
    try:
        async with asyncio.timeout(ANSWER_S):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.write((head + body).encode())
            status = int((await reader.readline()).split()[1])
            await reader.read()
            writer.close()
            await writer.wait_closed()
    except (OSError, TimeoutError, IndexError) as error:
        return type(error).__name__
    return status
