"""An export as the real web server sends it."""

import http.client
from contextlib import closing
from urllib.parse import urlencode, urlsplit

import pytest

from accounts.api_tokens import create_api_token
from accounts.models import User
from devices.models import Sensor
from tests.servers import web_server

YEAR = {"start": "2025-01-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"}


@pytest.mark.django_db(transaction=True)
def test_file_comes_in_pieces_and_whole(alice: User, meter: Sensor) -> None:
    _, key = create_api_token(user=alice, name="test")
    with web_server() as address, closing(_connect(address)) as connection:
        for kind, lines in (("csv", 8761), ("greenbutton", 7)):
            query = urlencode({**YEAR, "format": kind})
            headers = {"Authorization": f"Token {key}"}
            connection.request("GET", f"/api/v1/export/?{query}", headers=headers)
            answer = connection.getresponse()
            assert answer.status == 200
            assert answer.headers["Transfer-Encoding"] == "chunked"
            assert answer.headers["Content-Length"] is None
            assert len(answer.read().splitlines()) == lines


def _connect(address: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
