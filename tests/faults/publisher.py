"""A publisher that keeps a ledger of what the broker has confirmed, and repeats the rest."""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp
from amqp.exceptions import AMQPError

from .wire import Message, Rejected, Row

WINDOW = 200  # messages under way without a confirmation
LOOK_EVERY_S = 0.5
RETRY_EVERY_S = 0.1

# py-amqp reaches into a connection that has just been lost, hence the last one.
FAILURES = (OSError, AMQPError, AttributeError)


class NotTaken(AMQPError):
    """The broker gave a message back: by a nack, or because no queue takes it."""


class Ledger:
    """What the broker has promised to keep."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, int], float] = {}
        self.rejected: list[Rejected] = []
        self.confirmed = 0

    def enter(self, message: Message) -> None:
        """Of two values for one sensor and time the first is the row; tests send no other."""
        self.confirmed += 1
        for row in message.rows:
            self.rows[row.uuid, row.at_us] = row.energy_kwh
        self.rejected += message.rejected

    def all_rows(self) -> set[Row]:
        return {Row(uuid, at_us, energy_kwh) for (uuid, at_us), energy_kwh in self.rows.items()}


class Line:
    """One connection; confirmations are entered into the ledger as they come."""

    def __init__(self, url: str, ledger: Ledger, blocked: threading.Event) -> None:
        parts = urlsplit(url)
        self._ledger = ledger
        self._tag = 0
        self.unconfirmed: dict[int, Message] = {}
        self._connection = amqp.Connection(
            f"{parts.hostname}:{parts.port}",
            userid=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            virtual_host=unquote(parts.path[1:]) or "/",
            connect_timeout=5,
            read_timeout=5,
            write_timeout=5,
            on_blocked=lambda _reason: blocked.set(),
            on_unblocked=blocked.clear,
        )

    def open(self) -> None:
        self._connection.connect()
        self._channel = self._connection.channel()
        channel: Any = self._channel
        channel.events["basic_ack"].add(self._on_ack)
        channel.events["basic_nack"].add(self._on_nack)
        channel.events["basic_return"].add(self._on_return)
        self._channel.confirm_select()

    def send(self, message: Message) -> None:
        self._tag += 1
        self.unconfirmed[self._tag] = message
        content = amqp.Message(message.body, delivery_mode=2, content_type="application/json")
        if message.headers:
            content.properties["application_headers"] = message.headers
        self._channel.basic_publish(content, "meters", "m.batch", mandatory=True)

    def wait(self, *, most_unconfirmed: int, stop_at: float) -> None:
        while len(self.unconfirmed) > most_unconfirmed:
            if time.monotonic() > stop_at:
                raise AssertionError(f"{len(self.unconfirmed)} messages were never confirmed")
            try:
                self._connection.drain_events(timeout=LOOK_EVERY_S)
            except TimeoutError:
                continue

    def close(self) -> None:
        """Without a word: the broker may not answer."""
        self._connection.collect()

    def _on_ack(self, tag: int, multiple: bool) -> None:
        tags = [known for known in self.unconfirmed if known <= tag] if multiple else [tag]
        for known in tags:
            self._ledger.enter(self.unconfirmed.pop(known))

    def _on_nack(self, tag: int, multiple: bool) -> None:
        raise NotTaken(f"nack of {tag}")

    def _on_return(self, error: Exception, *_: object) -> None:
        raise NotTaken(str(error))


class Publisher:
    """For one thread at a time."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.ledger = Ledger()
        #: The broker has said that it takes no messages for now.
        self.blocked = threading.Event()

    def publish(self, messages: Iterable[Message], *, within_s: float = 120) -> None:
        """Returns when the broker has confirmed every message, over any broken line.

        ``within_s`` counts from the last message taken from ``messages``.
        """
        rest = iter(messages)
        failing_since: float | None = None
        while True:
            line = Line(self._url, self.ledger, self.blocked)
            confirmed = self.ledger.confirmed
            try:
                line.open()
                return self._send_all(line, rest, within_s)
            except FAILURES:
                if failing_since is None or self.ledger.confirmed > confirmed:
                    failing_since = time.monotonic()
                if time.monotonic() > failing_since + within_s:
                    raise
                rest = chain(list(line.unconfirmed.values()), rest)
                time.sleep(RETRY_EVERY_S)
            finally:
                line.close()

    def _send_all(self, line: Line, messages: Iterable[Message], within_s: float) -> None:
        for message in messages:
            line.send(message)
            line.wait(most_unconfirmed=WINDOW, stop_at=time.monotonic() + within_s)
        line.wait(most_unconfirmed=0, stop_at=time.monotonic() + within_s)


@contextmanager
def sending(
    publisher: Publisher, messages: Iterable[Message], *, per_s: int | None = None
) -> Iterator[threading.Thread]:
    """Publishes on and on while the block runs; then waits until the rest is confirmed."""
    enough = threading.Event()
    problems: list[BaseException] = []

    def until_enough() -> Iterator[Message]:
        for message in messages:
            if enough.is_set():
                return
            yield message
            if per_s:
                enough.wait(1 / per_s)

    def run() -> None:
        try:
            publisher.publish(until_enough())
        except BaseException as problem:
            problems.append(problem)

    thread = threading.Thread(target=run, name="meters", daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        enough.set()
        thread.join(150)
    assert not thread.is_alive(), "the publisher does not end"
    if problems:
        raise problems[0]
