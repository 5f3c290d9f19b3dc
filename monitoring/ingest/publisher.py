"""Publishes wire messages for those who have no line to the broker: the API, imports, the demo."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from amqp.exceptions import AMQPError, MessageNacked
from django.conf import settings
from kombu import Connection, Producer

from monitoring.ingest.topology import METERS_EXCHANGE, declare_topology

logger = logging.getLogger(__name__)

#: For each answer of the broker's: to connect, to declare, to confirm.
ANSWER_TIMEOUT_S = 2.0
#: No further try begins after this.
RETRY_FOR_S = 2.0
RETRY_EVERY_S = 0.2
MAX_CONNECTIONS = 8


class BrokerUnavailable(Exception):
    """The broker has not confirmed the message. It may still have taken it: a repeat is harmless.

    The text is fit for a user: it holds no address and no password.
    """


class _Unroutable(Exception):
    """No queue is bound for the message: the broker gave it back."""


# py-amqp reaches into a connection that has just been lost, hence the last one.
_FAILURES = (OSError, AMQPError, MessageNacked, _Unroutable, AttributeError)


class _Line:
    """One connection to the broker on which the topology is known to exist; for one thread."""

    def __init__(self, broker_url: str) -> None:
        # No heartbeat: nobody beats for a connection that waits in the pool. One that has died
        # there is found out by the next message, which then gets a new one.
        self._connection = Connection(
            broker_url,
            ssl=settings.BROKER_TLS,
            connect_timeout=ANSWER_TIMEOUT_S,
            heartbeat=0,
            transport_options={"confirm_publish": True},
        )
        try:
            # One try: Publisher has the patience.
            self._connection.ensure_connection(max_retries=0, reraise_as_library_errors=False)
            if self._connection.transport.driver_type == "amqp":
                # Else a broker that hangs after the handshake is waited for without end.
                self._connection.connection.sock.settimeout(ANSWER_TIMEOUT_S)
            channel = self._connection.channel()
            declare_topology(channel)
        except BaseException:
            self.drop()
            raise
        self._returned = False
        self._producer = Producer(
            channel, METERS_EXCHANGE, auto_declare=False, on_return=self._on_return
        )

    def publish(self, body: bytes, routing_key: str) -> None:
        """Sends and waits until the broker has confirmed."""
        self._returned = False
        self._producer.publish(
            body,
            routing_key=routing_key,
            content_type="application/json",
            content_encoding="utf-8",
            delivery_mode=2,  # persistent
            timestamp=int(time.time()),  # how long it waits is then known to the worker
            mandatory=True,
            timeout=ANSWER_TIMEOUT_S,
            confirm_timeout=ANSWER_TIMEOUT_S,
        )
        # A message that is given back is given back before it is confirmed.
        if self._returned:
            raise _Unroutable("no queue takes it")

    def drop(self) -> None:
        """Closes without a word: the broker may not answer any more."""
        self._connection.collect()

    def _on_return(self, *_: object) -> None:
        self._returned = True


class Publisher:
    """Keeps a few connections to one broker and publishes on them, from any thread."""

    def __init__(self, broker_url: str) -> None:
        self._broker_url = broker_url
        self._idle: list[_Line] = []
        self._places = threading.BoundedSemaphore(MAX_CONNECTIONS)

    def publish(self, body: bytes, routing_key: str) -> None:
        """Returns when the broker has the message safe in a queue.

        Raises ``BrokerUnavailable`` after a few seconds.
        """
        stop_at = time.monotonic() + RETRY_FOR_S
        while True:
            try:
                with self._line() as line:
                    return line.publish(body, routing_key)
            except _FAILURES as error:
                reason = f"{type(error).__name__}: {error}"
            if time.monotonic() + RETRY_EVERY_S >= stop_at:
                logger.warning("A message could not be published (%s).", reason)
                raise BrokerUnavailable("The message broker does not take messages for now.")
            time.sleep(RETRY_EVERY_S)

    def close(self) -> None:
        """Closes the connections that nobody uses now."""
        while self._idle:
            self._idle.pop().drop()

    @contextmanager
    def _line(self) -> Iterator[_Line]:
        """A connection for this thread alone. One that fails in any way is not used again."""
        if not self._places.acquire(timeout=ANSWER_TIMEOUT_S):
            raise TimeoutError("all connections are busy")
        try:
            line = self._take_idle() or _Line(self._broker_url)
            try:
                yield line
            except BaseException:
                # The others of the pool have most likely lost the same broker.
                line.drop()
                self.close()
                raise
            self._idle.append(line)
        finally:
            self._places.release()

    def _take_idle(self) -> _Line | None:
        try:
            return self._idle.pop()  # atomic, and the newest: the least likely to have died
        except IndexError:
            return None


def publish_message(body: bytes, routing_key: str) -> None:
    """Publishes a wire message to the meters' exchange of ``settings.BROKER_URL``.

    Returns when the broker has confirmed that a queue holds it. Raises ``BrokerUnavailable``
    after a few seconds. Thread-safe.
    """
    _publisher_to(settings.BROKER_URL).publish(body, routing_key)


@cache
def _publisher_to(broker_url: str) -> Publisher:
    return Publisher(broker_url)
