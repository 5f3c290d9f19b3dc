"""What every benchmark needs: the servers, databases of its own, the sizes, the hour."""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.broker import claim_queue, empty_queue
from bench.databases import Databases
from bench.messages import INTERVAL_US
from bench.servers import Servers, find_servers
from bench.sizes import Sizes
from bench.templates import Templates


@dataclass(frozen=True)
class Stage:
    """Handed to each benchmark."""

    servers: Servers
    databases: Databases
    templates: Templates
    sizes: Sizes
    #: The time of the newest reading of any: UTC microseconds.
    end_us: int


@contextmanager
def open_stage(sizes: Sizes, *, purge: bool) -> Iterator[Stage]:
    """Claims the queue; leaves neither messages nor databases behind. Raises ``BenchFailed``."""
    servers = find_servers()
    _set_environment()
    claim_queue(servers.broker_url, purge=purge)
    databases = Databases(servers.database_url)
    try:
        yield Stage(servers, databases, Templates(servers, databases), sizes, _now_us())
    finally:
        databases.drop_all()
        empty_queue(servers.broker_url)


def _set_environment() -> None:
    """What the platform's programs need to start with production's settings."""
    os.environ.update(
        SECRET_KEY=secrets.token_urlsafe(50),
        ALLOWED_HOSTS="127.0.0.1",
        DEBUG="false",
        HTTPS="false",
        LOG_LEVEL="INFO",
        EMAIL_URL="console:",
    )


def _now_us() -> int:
    now_us = time.time_ns() // 1_000
    return now_us - now_us % INTERVAL_US
