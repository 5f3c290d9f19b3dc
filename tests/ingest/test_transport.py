"""Frames are read whole, however the bytes arrive."""

import socket
import struct
from collections.abc import Iterator
from contextlib import suppress

import pytest
from amqp.exceptions import UnexpectedFrame
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.ingest.transport import LargeReadsTlsTransport, LargeReadsTransport, transport_for
from monitoring.ingest.transport import _LargeReads as LargeReads

Pair = tuple[LargeReads, socket.socket]


def make_pair() -> Pair:
    ours, brokers = socket.socketpair()
    ours.settimeout(0.001)  # what was sent is there at once
    reads = LargeReads()
    reads.sock, reads.connected = ours, True
    return reads, brokers


@pytest.fixture
def pair() -> Iterator[Pair]:
    reads, brokers = make_pair()
    with reads.sock, brokers:
        yield reads, brokers


def frame(payload: bytes, *, end: int = 0xCE) -> bytes:
    return struct.pack(">BHI", 3, 1, len(payload)) + payload + bytes([end])


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.binary(max_size=50), min_size=1, max_size=8),
    st.lists(st.integers(1, 40), min_size=1),
)
def test_any_division_into_pieces_gives_the_same_frames(
    payloads: list[bytes], sizes: list[int]
) -> None:
    reads, brokers = make_pair()
    with reads.sock, brokers:
        stream = b"".join(map(frame, payloads))
        read: list[object] = []
        while len(read) < len(payloads):
            size = sizes[len(stream) % len(sizes)]
            brokers.sendall(stream[:size])
            stream = stream[size:]
            try:
                read.append(reads.read_frame())
            except TimeoutError:
                assert not reads.has_frame()
    assert read == [(3, 1, payload) for payload in payloads]


def test_a_large_frame_in_many_pieces(pair: Pair) -> None:
    reads, brokers = pair
    payload = bytes(range(256)) * 600  # more than one piece, more than a socket holds
    stream = memoryview(frame(payload))
    read: list[object] = []
    brokers.setblocking(False)
    while not read:
        with suppress(BlockingIOError):
            stream = stream[brokers.send(stream) :]
        try:
            read.append(reads.read_frame())
        except TimeoutError:
            continue
    assert read == [(3, 1, payload)]


def test_a_closed_connection_is_told(pair: Pair) -> None:
    reads, brokers = pair
    brokers.sendall(frame(b"last")[:-1])
    brokers.close()
    with pytest.raises(OSError, match="closed"):
        reads.read_frame()
    assert not reads.connected


def test_a_frame_without_its_end_is_refused(pair: Pair) -> None:
    reads, brokers = pair
    brokers.sendall(frame(b"x", end=0))
    with pytest.raises(UnexpectedFrame):
        reads.read_frame()


@pytest.mark.parametrize(
    ("url", "transport"),
    [
        ("amqp://guest@localhost//", LargeReadsTransport),
        ("amqps://guest@localhost//", LargeReadsTlsTransport),
        ("memory://", None),
    ],
)
def test_the_transport_follows_the_address(url: str, transport: type | None) -> None:
    assert transport_for(url) is transport
