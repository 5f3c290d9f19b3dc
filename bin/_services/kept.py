"""What is chosen once for a server and kept: its port, its password, how it runs."""

import hashlib
import json
import random
import secrets
import socket
from pathlib import Path

# Below the usual ephemeral ports (32768 and up), so that no client that keeps reconnecting to a
# stopped server is given the server's own port to connect from, and holds it.
PORTS = range(15000, 30000)


class Kept:
    """One JSON file a server, readable by its owner only, as it holds the password."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._values: dict[str, str | int] = json.loads(file.read_text()) if file.exists() else {}

    def get(self, key: str) -> str | int | None:
        return self._values.get(key)

    def set(self, key: str, value: str | int) -> None:
        if self._values.get(key) == value:
            return
        self._values[key] = value
        draft = self._file.with_suffix(".json.new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(self._values, indent=2) + "\n")
        draft.replace(self._file)

    def password(self) -> str:
        if not self.get("password"):
            self.set("password", secrets.token_hex(16))
        return str(self.get("password"))

    def free_port(self, key: str = "port") -> int:
        """The kept port, or a new one when there is none yet or something else has taken it."""
        port = self.get(key)
        if not isinstance(port, int) or not is_free(port):
            others = {value for value in self._values.values() if isinstance(value, int)}
            port = next(
                port
                for port in random.sample(PORTS, len(PORTS))
                if port not in others and is_free(port)
            )
            self.set(key, port)
        return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def short_hash(path: Path) -> str:
    """Tells sets apart where a path would be too long or may not stand in a name."""
    return hashlib.sha256(str(path).encode()).hexdigest()[:12]
