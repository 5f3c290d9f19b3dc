"""How the API is called: by alice's program, with her token."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from kombu import Connection
from rest_framework.test import APIClient

from accounts.api_tokens import create_api_token
from accounts.models import User
from monitoring.ingest.topology import READINGS_QUEUE, declare_topology

Published = Callable[[], list[bytes]]


def client_of(user: User) -> APIClient:
    """A client with a token of the user's."""
    _, key = create_api_token(user=user, name="test")
    return APIClient(headers={"authorization": f"Token {key}"})


@pytest.fixture
def api(alice: User) -> APIClient:
    """Alice's program."""
    return client_of(alice)


@pytest.fixture
def outsider(charlie: User) -> APIClient:
    """Charlie's program."""
    return client_of(charlie)


@pytest.fixture
def administrators_api(administrator: User) -> APIClient:
    return client_of(administrator)


@pytest.fixture
def anonymous() -> Client:
    return Client()


@pytest.fixture
def published(broker_url: str) -> Published:
    """``published()``: the messages that have come to the queue, each once; it begins empty."""
    with Connection(broker_url) as connection:
        channel: Any = connection.channel()
        declare_topology(channel)
        channel.queue_purge(READINGS_QUEUE.name)

    def take_all() -> list[bytes]:
        with Connection(broker_url) as connection:
            channel: Any = connection.channel()
            messages = iter(lambda: channel.basic_get(READINGS_QUEUE.name, no_ack=True), None)
            return [_body(message) for message in messages]

    return take_all


def _body(message: Any) -> bytes:
    return message.body if isinstance(message.body, bytes) else message.body.encode()
