"""Publishing to the broker, by AMQP."""

import time
from threading import Event
from typing import Any

import kombu
from amqp.exceptions import MessageNacked

from sensor_sim.confirming import (
    CONFIRM_TIMEOUT_SECONDS,
    ConfirmingPublisher,
    Report,
    Wait,
    ignore,
)
from sensor_sim.wire import CONTENT_TYPE, EXCHANGE_NAME

BLOCKED_POLL_SECONDS = 0.5
CONNECT_TIMEOUT_SECONDS = 5
GOODBYE_TIMEOUT_SECONDS = 1.0
# The broker sends a heartbeat every half of this, and each one starts the confirm timeout anew:
# it must stay well above twice that timeout, or a confirm would be awaited for ever.
HEARTBEAT_SECONDS = 60


class _Unroutable(Exception):
    """The broker returned the message: no queue is bound for it."""


class Publisher(ConfirmingPublisher):
    """Publishes readings to the ``meters`` exchange.

    A message is confirmed when the broker has taken it to a queue. The connection is made by the
    first ``publish``. ``tls`` is what ``sensor_sim.broker.tls_options`` gives for the URL.

    With kombu's ``memory://`` there is nothing to confirm (``confirms`` is false), and the queue
    must have been declared before.
    """

    def __init__(  # noqa: PLR0913 - keyword-only, with defaults
        self,
        broker_url: str,
        *,
        stop: Event,
        tls: dict[str, Any] | bool = False,
        report: Report = ignore,
        exchange_name: str = EXCHANGE_NAME,
        confirm_timeout_seconds: float = CONFIRM_TIMEOUT_SECONDS,
        wait: Wait | None = None,
    ) -> None:
        super().__init__(stop=stop, report=report, wait=wait)
        self._timeout_seconds = confirm_timeout_seconds
        self._exchange = kombu.Exchange(exchange_name, type="topic", durable=True)
        self._connection = kombu.Connection(
            broker_url,
            ssl=tls,
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            heartbeat=HEARTBEAT_SECONDS,
            transport_options={
                "confirm_publish": True,
                "on_blocked": self._on_blocked,
                "on_unblocked": self._on_unblocked,
            },
        )
        self._broker_errors: tuple[type[BaseException], ...] = (
            *self._connection.connection_errors,
            *self._connection.channel_errors,
            MessageNacked,
        )
        self._producer: kombu.Producer | None = None
        self._returned = False
        self._blocked = False

    @property
    def broker(self) -> str:
        """The broker's URL without its password."""
        return str(self._connection.as_uri())

    @property
    def confirms(self) -> bool:
        return bool(self._connection.transport.driver_type == "amqp")

    def keep_alive(self) -> None:
        """To be called every few seconds between messages: exchanges heartbeats with the broker."""
        if self._producer is None:
            return
        try:
            self._drain()
        except self._broker_errors as error:
            self._lose_connection(error)

    def close(self) -> None:
        """Says goodbye to the broker, without waiting long for its answer."""
        if self._trouble is not None:
            self._drop_connection()
            return
        if self._connection.connected and self.confirms:
            self._connection.connection.sock.settimeout(GOODBYE_TIMEOUT_SECONDS)
        self._connection.release()
        self._producer = None

    def _try_to_send(self, body: bytes, key: str) -> bool:
        try:
            self._send(body, key)
        except _Unroutable:
            self._begin_trouble(
                "unroutable",
                f"No queue is bound to the exchange '{self._exchange.name}' yet: "
                "start a worker first. Waiting for it.",
            )
        except self._broker_errors as error:
            if not self._blocked:
                self._lose_connection(error)
        else:
            self._end_trouble(f"The broker at {self.broker} takes readings again.")
            return True
        return False

    def _send(self, body: bytes, key: str) -> None:
        if self._producer is None:
            self._producer = self._connect()
        self._returned = False
        self._producer.publish(
            body,
            routing_key=key,
            content_type=CONTENT_TYPE,
            content_encoding="utf-8",
            delivery_mode=2,
            timestamp=int(time.time()),
            mandatory=True,
            timeout=self._timeout_seconds,
            confirm_timeout=self._timeout_seconds,
        )
        # The broker returns a message before it confirms it, so by now both have been read.
        if self._returned:
            raise _Unroutable

    def _connect(self) -> kombu.Producer:
        self._connection.ensure_connection(
            max_retries=1, interval_start=0, interval_step=0, reraise_as_library_errors=False
        )
        if self.confirms:
            # Otherwise a broker that hangs after the handshake would be waited for without end.
            self._connection.connection.sock.settimeout(self._timeout_seconds)
        channel = self._connection.channel()
        return kombu.Producer(channel, self._exchange, on_return=self._on_return)

    def _hold(self, delay_seconds: float) -> bool:
        """Waits before the next try; true if asked to stop.

        A broker that blocks publishers would block another connection too, and in the end read all
        that was sent to it meanwhile: the one connection is kept until the broker lifts the block.
        It is not used again, because the late confirm would be taken for the next message's.
        """
        if not self._blocked:
            return self._wait(delay_seconds)
        while self._blocked:
            if self._wait(BLOCKED_POLL_SECONDS):
                return True
            self.keep_alive()
        self._drop_connection()
        return False

    def _drain(self) -> None:
        """Reads what has arrived; raises if the broker has closed or has long been silent."""
        try:
            while True:
                self._connection.drain_events(timeout=0)
        except TimeoutError:
            self._connection.heartbeat_check()

    def _lose_connection(self, error: BaseException) -> None:
        reason = f"{error}".strip() or type(error).__name__
        self._begin_trouble(
            "away", f"Cannot publish to the broker at {self.broker} ({reason}). Trying again."
        )
        self._drop_connection()

    def _drop_connection(self) -> None:
        self._blocked = False
        self._producer = None
        self._connection.collect()  # closes without a word: the broker may not answer any more

    def _on_return(self, *_: object) -> None:
        self._returned = True

    def _on_blocked(self, reason: str) -> None:
        self._blocked = True
        self._begin_trouble(
            "blocked",
            f"The broker at {self.broker} takes no messages for now: it is short of memory or "
            "disk space. Waiting for it.",
        )

    def _on_unblocked(self) -> None:
        self._blocked = False
