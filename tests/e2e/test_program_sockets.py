"""A program's WebSocket at the real web server, with a real token and a common library."""

import json

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from accounts.api_tokens import create_api_token
from accounts.models import User
from devices.models import Sensor
from tests.conftest import Store

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def url(address: str) -> str:
    return f"{address.replace('http', 'ws', 1)}/ws/notifications/"


@pytest.fixture
def headers(alice: User) -> dict[str, str]:
    """What alice's program sends with each request."""
    return {"Authorization": f"Token {create_api_token(user=alice, name='test')[1]}"}


def test_token_opens_it(url: str, headers: dict[str, str], meter: Sensor, store: Store) -> None:
    store(meter, (0, 0.0), (60, 5.0), (120, 5.0), (180, 10.0))
    with connect(f"{url}?after=1", additional_headers=headers) as socket:
        message = json.loads(socket.recv(timeout=30))
    assert (message["type"], message["seq"], message["power_kw"]) == ("peak", 2, 5.0)


def test_no_token_and_a_foreign_page_are_refused(url: str, headers: dict[str, str]) -> None:
    with pytest.raises(InvalidStatus, match="403"), connect(url):
        pass
    page = {**headers, "Origin": "http://evil.example"}
    with pytest.raises(InvalidStatus, match="403"), connect(url, additional_headers=page):
        pass
