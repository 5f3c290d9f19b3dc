"""What all services have in common, whoever runs them."""

from typing import Protocol


class ServiceError(Exception):
    """The message is for the person at the keyboard."""


class Service(Protocol):
    """A server (or the browser) as the commands see it."""

    name: str
    variable: str
    ready: str  # the word for it when it can be used

    def start(self) -> None:
        """Launches what is not running, without waiting until it is ready."""

    def wait(self) -> None:
        """Returns when it answers, else raises ServiceError."""

    def running(self) -> bool: ...

    def stop(self, *, immediate: bool = False) -> bool:
        """True when this call stopped it."""

    def kill(self, number: int) -> None:
        """Sends its main process a signal."""

    def url(self) -> str | None:
        """The value of `variable`; None before its first start."""

    def where(self) -> str:
        """For people: no password in it."""

    def client(self, arguments: list[str]) -> tuple[list[str], dict[str, str]]:
        """Command line and environment of its own client: psql, rabbitmqctl."""
