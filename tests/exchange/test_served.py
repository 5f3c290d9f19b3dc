"""An export as the real web server sends it."""

import http.client
from contextlib import closing
from urllib.parse import urlencode, urlsplit

import pytest

from accounts.api_tokens import create_api_token
from accounts.models import User
from devices.models import Sensor
from tests.conftest import Store, Summed
from tests.exchange.espi import ESPI, check_feed
from tests.servers import web_server

YEAR = {"start": "2026-03-10T12:00:00Z", "end": "2027-03-10T12:00:00Z"}
HOURS = 365 * 24


@pytest.mark.django_db(transaction=True)
def test_file_comes_in_pieces_and_whole(
    alice: User, meter: Sensor, store: Store, summed: Summed
) -> None:
    store(meter, (0, 0.0), (60 * HOURS, HOURS / 2))
    summed()
    _, key = create_api_token(user=alice, name="test")
    with web_server() as address:
        header, *rows = _get(address, key, "csv").decode().splitlines()
        assert header.startswith("interval_start,")
        assert len(rows) == HOURS
        assert {row.split(",", 3)[3] for row in rows} == {"0.500000,estimated,Main meter,Flat"}
        feed = check_feed(_get(address, key, "greenbutton"))
        # A block a chunk, of 124 days.
        blocks = [len(block) - 1 for block in feed.iter(f"{ESPI}IntervalBlock")]
        assert blocks == [2976, 2976, HOURS - 2 * 2976]


def _get(address: str, key: str, kind: str) -> bytes:
    with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)) as connection:
        query = urlencode({**YEAR, "format": kind})
        headers = {"Authorization": f"Token {key}"}
        connection.request("GET", f"/api/v1/export/?{query}", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.headers["Transfer-Encoding"] == "chunked"
        assert answer.headers["Content-Length"] is None
        return answer.read()
