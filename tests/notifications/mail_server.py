"""A mail server on a port of its own, which answers as a test wants it to."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from tests.servers import free_port

ACCEPTED = "250 OK"


class MailServer:
    """Keeps what it received. What it answers, and when, may be replaced."""

    def __init__(self) -> None:
        self.port = free_port()
        self.received: list[EmailMessage] = []
        self.has_received = threading.Event()
        self.answer_to_mail: Callable[[Any], str] = lambda server: ACCEPTED
        self.answer_to_recipient = ACCEPTED
        self.answer_to_data: Callable[[Any], str] = lambda server: ACCEPTED
        self.silence_s = 0.0

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.answer_to_mail(server)

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.answer_to_recipient == ACCEPTED:
            envelope.rcpt_tos.append(address)
        return self.answer_to_recipient

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.received.append(message)
        self.has_received.set()
        await asyncio.sleep(self.silence_s)
        return self.answer_to_data(server)


def hang_up(server: Any) -> str:
    """Instead of an answer, the connection ends."""
    server.transport.abort()
    return ACCEPTED


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Runs a mail server until the block ends."""
    server = MailServer()
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
