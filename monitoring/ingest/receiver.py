"""The thread that receives: owns the connection to the broker, and never waits for the database.

So its heartbeats go on while the database is slow or away, and the broker keeps the backlog:
nothing is acknowledged before it is stored, and only a set number of messages is taken at a time.
"""

import logging
import random
import select
import socket
import threading
import time
from collections import deque
from contextlib import suppress
from typing import Any, cast

from django.conf import settings
from kombu import Connection
from kombu.utils.url import maybe_sanitize_url

from monitoring.ingest.buffer import Batch, Buffer
from monitoring.ingest.precedence import Precedence
from monitoring.ingest.topology import READINGS_QUEUE, declare_topology
from monitoring.ingest.transport import transport_for
from monitoring.ingest.writer import Outcome
from monitoring.rules.wire import parse_message

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 5
FIRST_RETRY_S = 0.5
LAST_RETRY_S = 10.0
#: How long to wait for messages before looking after heartbeats.
IDLE_WAIT_S = 0.5
#: How long the rest of a frame, or room for an acknowledgement, may take: the broker hangs then.
ANSWER_TIMEOUT_S = 2.0
#: The in-memory transport cannot be waited for together with acknowledgements.
POLL_S = 0.01
#: After so many frames acknowledgements have their turn.
FRAMES_A_TURN = 3000
#: Who says to have published a message longer ago has a wrong clock.
LONGEST_WAIT_S = 30 * 24 * 3600


class Session:
    """One connection to the broker, and what it has delivered that is not yet acknowledged."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        # The interface that AMQP and in-memory channels share is not the one that is typed.
        self.channel = cast("Any", connection.channel())
        # The body is read as bytes, whatever the headers say of its encoding or compression:
        # the message rule alone decides, and a small message cannot become a large one.
        self.channel.auto_decode = False
        # kombu's in-memory transport has no socket, and ignores "multiple".
        self._is_amqp = connection.transport.driver_type == "amqp"
        if self._is_amqp:
            self._socket.settimeout(ANSWER_TIMEOUT_S)

    @property
    def _socket(self) -> socket.socket:
        return cast("socket.socket", self.connection.connection.transport.sock)

    def drain(self, alarm: socket.socket) -> None:
        """Handles what has arrived; waits for it a while, or until ``alarm`` is readable."""
        with suppress(TimeoutError):
            if not self._is_amqp:
                self.connection.drain_events(timeout=POLL_S)
            elif self._has_arrived(alarm):
                self._read_frames()

    def _has_arrived(self, alarm: socket.socket) -> bool:
        line = self._socket
        # No longer in the kernel: read already, or, with TLS, decrypted.
        if self.connection.connection.transport.has_frame() or getattr(line, "pending", int)():
            return True
        readable, _, _ = select.select([line, alarm], [], [], IDLE_WAIT_S)
        if alarm in readable:
            alarm.recv(4096)
        return line in readable

    def _read_frames(self) -> None:
        connection = self.connection.connection
        for _ in range(FRAMES_A_TURN):
            connection.blocking_read()
            if not connection.transport.has_frame():
                return

    def settle(self, batch: Batch, outcome: Outcome) -> None:
        """Tells the broker what became of a batch. Batches are settled in order of delivery."""
        if outcome is Outcome.ABANDONED:
            return  # the broker delivers again when this connection closes
        if self._is_amqp and outcome is Outcome.STORED:
            self.channel.basic_ack(batch.tags[-1], multiple=True)
            return
        for tag in batch.tags:
            self._settle_one(tag, outcome)

    def _settle_one(self, tag: int | str, outcome: Outcome) -> None:
        if outcome is Outcome.STORED:
            self.channel.basic_ack(tag)
        else:
            self.channel.basic_reject(tag, requeue=False)


class Receiver(threading.Thread):
    """Receives messages into a buffer and settles what has been stored, over any broken line."""

    def __init__(
        self,
        buffer: Buffer,
        *,
        precedence: Precedence,
        broker_url: str,
        prefetch: int,
        heartbeat_s: int,
    ) -> None:
        super().__init__(name="ingest-receiver", daemon=True)
        self._buffer = buffer
        self._precedence = precedence
        self._broker_url = broker_url
        self._prefetch = prefetch
        self._heartbeat_s = heartbeat_s
        # What another thread has to say interrupts the waiting for messages.
        self._alarm, self._bell = socket.socketpair()
        self._bell.setblocking(False)
        self._done: deque[tuple[Batch, Outcome]] = deque()
        self._stopping = threading.Event()
        self._cancelled = threading.Event()
        self._drained = threading.Event()

    def on_done(self, batch: Batch, outcome: Outcome) -> None:
        """Called by the writer's thread: the batch will be settled by this one."""
        self._done.append((batch, outcome))
        self._ring()

    def stop_receiving(self) -> None:
        """Cancels the consumer; what was received is then settled as it is stored."""
        self._stopping.set()
        self._ring()

    def wait_until_cancelled(self, *, timeout_s: float) -> None:
        """Waits until no message can arrive any more."""
        self._cancelled.wait(timeout_s)

    def finish(self) -> None:
        """The writer has ended: settle the rest and disconnect."""
        self._drained.set()

    def _ring(self) -> None:
        with suppress(OSError):  # it is ringing already, or nobody listens any more
            self._bell.send(b".")

    def run(self) -> None:
        """Receives until stopped; connects again whenever the connection is lost."""
        with self._alarm, self._bell:
            self._receive_until_stopped()
        self._cancelled.set()

    def _receive_until_stopped(self) -> None:
        retry_s = FIRST_RETRY_S
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                self._receive()
            except Exception as error:
                # Whatever it is, the worker lives on: a broker that is away, a channel that the
                # broker closed, a library's surprise. Nothing is lost, for nothing was settled.
                if time.monotonic() - started > LAST_RETRY_S:
                    retry_s = FIRST_RETRY_S
                logger.warning(
                    "No connection to the broker (%s: %s); next try in %.1f s.",
                    type(error).__name__,
                    error,
                    retry_s,
                )
                self._stopping.wait(retry_s * random.uniform(0.5, 1.0))
                retry_s = min(retry_s * 2, LAST_RETRY_S)

    def _receive(self) -> None:
        with Connection(
            self._broker_url,
            ssl=settings.BROKER_TLS,
            heartbeat=self._heartbeat_s,
            transport=transport_for(self._broker_url),
            connect_timeout=CONNECT_TIMEOUT_S,
            transport_options=_transport_options(self._broker_url),
        ) as connection:
            session = Session(connection)
            declare_topology(session.channel)
            session.channel.basic_qos(0, self._prefetch, False)
            tag = f"ingest-{random.randrange(16**8):08x}"
            session.channel.basic_consume(
                READINGS_QUEUE.name,
                no_ack=False,
                callback=lambda message: self._on_message(session, message),
                consumer_tag=tag,
            )
            logger.info("Receiving readings from %s.", maybe_sanitize_url(self._broker_url))
            self._drain_until_stopped(session)
            session.channel.basic_cancel(tag)
            self._cancelled.set()
            self._settle_until_drained(session)

    def _on_message(self, session: Session, message: Any) -> None:
        body = message.body
        if isinstance(body, str):
            body = body.encode()
        now_us = time.time_ns() // 1000
        self._precedence.wait()
        self._buffer.add(
            session,
            parse_message(body, now_us=now_us),
            message.delivery_tag,
            waited_s=get_waited_s(message.properties.get("timestamp"), now_us=now_us),
        )

    def _drain_until_stopped(self, session: Session) -> None:
        next_heartbeat_at = time.monotonic() + 1
        while not self._stopping.is_set():
            session.drain(self._alarm)
            self._settle(session)
            if time.monotonic() >= next_heartbeat_at:
                session.connection.heartbeat_check()
                next_heartbeat_at = time.monotonic() + 1

    def _settle_until_drained(self, session: Session) -> None:
        while not self._drained.wait(POLL_S):
            self._settle(session)
        self._settle(session)

    def _settle(self, session: Session) -> None:
        while self._done:
            batch, outcome = self._done.popleft()
            if batch.session is session:
                session.settle(batch, outcome)


def get_waited_s(published_s: object, *, now_us: int) -> float:
    """For how many seconds a message has waited in the broker, by its property ``timestamp``.

    That is Unix time in whole seconds, of the publisher or of a broker that sets it. 0 where there
    is none, or none that can be true.
    """
    waited_s = now_us / 1e6 - published_s if isinstance(published_s, int) else 0.0
    return waited_s if 0 < waited_s < LONGEST_WAIT_S else 0.0


def _transport_options(broker_url: str) -> dict[str, Any]:
    # The in-memory transport polls; the real one is awakened.
    return {"polling_interval": POLL_S} if broker_url.startswith("memory:") else {}
