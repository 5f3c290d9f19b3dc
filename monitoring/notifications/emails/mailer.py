"""Hands a message to the mail server, and knows whether the server can have taken it."""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend

_DJANGOS_SMTP = f"{EmailBackend.__module__}.{EmailBackend.__qualname__}"
#: SMTP's codes from here on are final (RFC 5321, section 4.2.1).
FIRST_PERMANENT_CODE = 500


class NotSent(Exception):
    """The mail server has certainly not taken the message."""

    def __init__(self, detail: str, *, is_final: bool = False) -> None:
        super().__init__(detail)
        self.is_final = is_final


class NoMailServer(NotSent):
    """There is no connection to the mail server: the next message would fare no better."""


class PerhapsSent(Exception):
    """The message was on its way when the mail server fell silent."""


class Mailer:
    """One connection to the mail server, opened with the first message, for one thread."""

    def __init__(self) -> None:
        is_smtp = settings.EMAIL_BACKEND == _DJANGOS_SMTP
        self._backend: Any = _WatchedBackend() if is_smtp else get_connection()

    def send(self, message: EmailMessage) -> None:
        """Returns when the server has taken the message.

        Raises ``NotSent``, ``NoMailServer`` or ``PerhapsSent``.
        """
        with self._dropping_on_failure():
            try:
                self._backend.open()
            except Exception as error:
                raise NoMailServer(_describe(error)) from error
            try:
                self._backend.send_messages([message])
            except Exception as error:
                raise self._judge(error) from error

    def close(self) -> None:
        """Says goodbye, if the server still listens."""
        with suppress(OSError):
            self._backend.close()

    def _judge(self, error: Exception) -> Exception:
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            codes = [code for code, _ in error.recipients.values()]
            return NotSent(_describe(error), is_final=min(codes) >= FIRST_PERMANENT_CODE)
        if isinstance(error, smtplib.SMTPResponseException):
            # An answer: the server has taken the message only if it said so.
            is_final = error.smtp_code >= FIRST_PERMANENT_CODE
            return NotSent(_describe(error), is_final=is_final)
        if getattr(self._backend, "has_begun_to_send", False):
            return PerhapsSent(_describe(error))
        # Of the connection: try again. Of the message, such as an address with a line break: never.
        return NotSent(_describe(error), is_final=not isinstance(error, OSError))

    @contextmanager
    def _dropping_on_failure(self) -> Iterator[None]:
        """After a failure, what the connection is good for is not known."""
        try:
            yield
        except BaseException:
            self.close()
            raise


class _WatchedBackend(EmailBackend):
    """Django's, and it tells whether the text of a message has begun to go to the server."""

    has_begun_to_send = False

    @property
    def connection_class(self) -> Any:
        backend = self
        base: Any = super().connection_class

        class WatchedConnection(base):  # type: ignore[misc]
            def data(self, message: Any) -> Any:
                backend.has_begun_to_send = True
                return super().data(message)

        return WatchedConnection

    def send_messages(self, email_messages: Any) -> int:
        self.has_begun_to_send = False
        return super().send_messages(email_messages) or 0


def _describe(error: Exception) -> str:
    """For an administrator; PostgreSQL refuses NUL in text."""
    return f"{type(error).__name__}: {error}".replace("\0", "")[:500]
