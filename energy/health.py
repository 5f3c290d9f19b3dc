"""Whether the platform is alive, and whether what it depends on can be reached."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import redis
from django.conf import settings
from django.db import connection
from kombu import Connection

logger = logging.getLogger(__name__)

TIMEOUT_S = 3


def get_states() -> dict[str, str]:
    """Each dependency by name: up or down.

    Why one is down goes to the log, not to whoever asks.
    """
    with ThreadPoolExecutor(len(PROBES)) as pool:
        return dict(zip(PROBES, pool.map(_state_of, PROBES), strict=True))


def _state_of(name: str) -> str:
    try:
        PROBES[name]()
    except Exception as error:
        logger.warning("%s is down: %s", name, error)
        return "down"
    return "up"


def _probe_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")
    finally:
        connection.close()


def _probe_broker() -> None:
    with Connection(
        settings.BROKER_URL, ssl=settings.BROKER_TLS, connect_timeout=TIMEOUT_S
    ) as broker:
        broker.connect()


def _probe_redis() -> None:
    if settings.REDIS_URL.startswith("memory:"):
        return
    with redis.from_url(
        settings.REDIS_URL, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
    ) as client:
        client.ping()


PROBES: dict[str, Callable[[], None]] = {
    "database": _probe_database,
    "broker": _probe_broker,
    "redis": _probe_redis,
}
