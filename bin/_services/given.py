"""Services that others run: named by the environment, or a browser that is just there."""

from pathlib import Path
from urllib.parse import urlsplit

from .probes import is_open
from .programs import find_program
from .service import ServiceError

USUAL_PORTS = {"amqp": 5672, "amqps": 5671, "redis": 6379, "rediss": 6379}
BROWSERS = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"]
MAC_BROWSERS = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
]


class Given:
    """Used as it is: never started, never stopped."""

    def __init__(self, name: str, variable: str, value: str, *, by_environment: bool) -> None:
        self.name = name
        self.variable = variable
        self._value = value
        self.ready = "given" if by_environment else "found"

    def start(self) -> None:
        """Not ours to start."""

    def wait(self) -> None:
        if not self.running():
            raise ServiceError(f"{self.variable} names {self._target()}: nothing answers there.")

    def running(self) -> bool:
        if self.variable == "CHROMIUM":
            return find_program([self._value], []) is not None
        url = urlsplit(self._value)
        if not url.hostname:  # such as a database on a Unix socket
            return True
        return is_open(url.hostname, url.port or USUAL_PORTS.get(url.scheme, 5432))

    def stop(self, *, immediate: bool = False) -> bool:
        return False

    def kill(self, number: int) -> None:
        raise ServiceError(f"{self.name} is not ours to signal: {self.where()}.")

    def url(self) -> str | None:
        return self._value

    def where(self) -> str:
        return self._target() + (f", named by {self.variable}" if self.ready == "given" else "")

    def client(self, arguments: list[str]) -> tuple[list[str], dict[str, str]]:
        raise ServiceError(f"{self.name} is not ours to ask: {self.where()}.")

    def _target(self) -> str:
        """Without the password."""
        return self._value.rpartition("@")[2]


def find_browser() -> Path | None:
    found = find_program(BROWSERS, ["/usr/bin"])
    return found or next((Path(place) for place in MAC_BROWSERS if Path(place).exists()), None)
