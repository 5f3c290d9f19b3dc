"""A private Redis."""

from pathlib import Path
from typing import Any

from .daemon import Launch
from .private import PrivateServer, base_environment
from .probes import redis_is_ready
from .programs import HOMEBREW, find_program
from .service import ServiceError

# A clean stop keeps the data, a crash may lose it: the platform must live with both.
CONFIGURATION = """\
bind 127.0.0.1
port {port}
dir {folder}
requirepass {password}
save 3600 1
# The process is recognised by its command line.
set-proc-title no
"""


class Redis(PrivateServer):
    name = "redis"
    variable = "REDIS_URL"
    package = "redis-server"

    @classmethod
    def installed(cls) -> bool:
        return find("redis-server") is not None

    def prepare(self) -> Launch:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        configuration = self.folder / "redis.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(
            CONFIGURATION.format(
                port=self.port, folder=quoted(self.folder), password=self.kept.password()
            )
        )
        return Launch(
            arguments=[str(find("redis-server")), str(configuration)],
            environment=base_environment(),
        )

    def is_ready(self) -> bool:
        return redis_is_ready(self.port, self.kept.password())

    def address(self) -> str:
        return f"redis://:{self.kept.password()}@127.0.0.1:{self.port}/0"

    def client(self, arguments: list[str]) -> tuple[list[str], dict[str, str]]:
        raise ServiceError("There is no passthrough for redis.")

    def container(self) -> dict[str, Any]:
        return {
            "image": "redis:8",
            "command": ["redis-server", "--requirepass", self.kept.password(), "--save", "3600 1"],
            "ports": [f"127.0.0.1:{self.port}:6379"],
            "volumes": ["redis:/data"],
        }


def find(program: str) -> Path | None:
    return find_program([program], ["/usr/bin", *(f"{place}/bin" for place in HOMEBREW)])


def quoted(path: Path) -> str:
    return '"{}"'.format(str(path).replace("\\", "\\\\").replace('"', '\\"'))
