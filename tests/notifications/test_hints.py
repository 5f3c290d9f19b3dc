"""Hints to open pages, over a channel layer that may hang."""

import asyncio
from typing import Any

import pytest

from monitoring.notifications import hints
from monitoring.notifications.hints import HintSender, group_of


class FakeLayer:
    """Remembers to whom it sent; hangs until it is let go."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.is_hanging = True

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if self.is_hanging:
            await asyncio.sleep(3600)
        self.sent.append(group)


@pytest.fixture
def layer(monkeypatch: pytest.MonkeyPatch) -> FakeLayer:
    layer = FakeLayer()
    monkeypatch.setattr(hints, "get_channel_layer", lambda: layer)
    monkeypatch.setattr(hints, "SEND_TIMEOUT_S", 0.2)
    return layer


def test_while_redis_hangs_one_hint_a_user_waits(layer: FakeLayer) -> None:
    sender = HintSender()
    for _ in range(1000):
        sender.send(frozenset({1, 2}))
    layer.is_hanging = False
    sender.start()
    sender.stop(timeout_s=5)
    assert not sender.is_alive()
    assert sorted(layer.sent) == [group_of(1), group_of(2)]


def test_a_layer_that_hangs_delays_neither_the_next_hints_nor_the_end(layer: FakeLayer) -> None:
    sender = HintSender()
    sender.start()
    sender.send(frozenset({1}))
    sender.stop(timeout_s=5)
    assert not sender.is_alive()
    assert layer.sent == []
