"""Fifty people ask for their file and nobody reads it: what the web server then holds."""

from urllib.parse import urlencode

import psutil
import pytest

from accounts.api_tokens import create_api_token
from accounts.models import User
from tests.conftest import PASSWORD, make_device, make_sensor
from tests.exchange.unread import settle, unread
from tests.load.history import fill_days
from tests.servers import free_port, web_server

CLIENTS = 50
DAYS = 2 * 365  # of quarter hours: some 10 MB of CSV a client, half a gigabyte together
MOST_MB = 100


@pytest.mark.django_db(transaction=True)
def test_fifty_unread_exports_take_less_than_100_mb() -> None:
    users = [
        User.objects.create_user(f"{number}@example.com", PASSWORD, name=f"Client {number}")
        for number in range(CLIENTS)
    ]
    start, end = fill_days([make_sensor(make_device(user)) for user in users], days=DAYS)
    keys = [create_api_token(user=user, name="test")[1] for user in users]
    query = {"start": start.isoformat(), "end": end.isoformat(), "group_by": "quarter"}
    port = free_port()
    with web_server(port) as address:
        process = _server_at(port)
        with unread(f"{address}/api/v1/devices/", keys[:10]):
            settle(process)  # threads, connections and code that any request takes
        before_mb = process.memory_info().rss / 1e6
        with unread(f"{address}/api/v1/export/?{urlencode(query)}", keys):
            settle(process)
            after_mb = process.memory_info().rss / 1e6
    print(f"{CLIENTS} unread exports: {before_mb:.0f} → {after_mb:.0f} MB")
    assert after_mb - before_mb < MOST_MB


def _server_at(port: int) -> psutil.Process:
    for process in psutil.process_iter(["cmdline"]):
        if str(port) in (process.info["cmdline"] or []):
            return process
    raise AssertionError(f"no server at {port}")
