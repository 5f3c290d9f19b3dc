"""Which PostgreSQL, RabbitMQ, Redis and Chromium to use.

In this order: what the environment names, installed programs, programs that can be installed,
containers. A server that once ran in a container goes on there, because its data is there.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from .container import Container, docker_works
from .given import Given, find_browser
from .install import can_install, install
from .kept import Kept
from .postgres import Postgres
from .private import PrivateServer
from .rabbitmq import RabbitMQ
from .redis import Redis
from .service import Service, ServiceError

# The slowest to start comes first.
SERVERS: dict[str, type[PrivateServer]] = {
    server.name: server for server in (RabbitMQ, Postgres, Redis)
}
CHROMIUM = "chromium"
NAMES = [*SERVERS, CHROMIUM]
BREW = {"postgres": "postgresql@17", CHROMIUM: "--cask chromium"}


def known(name: str, data: Path, environment: Mapping[str, str]) -> Service | None:
    """What can be used as things stand; None when it would have to be obtained first."""
    variable = variable_of(name)
    if environment.get(variable):
        return Given(name, variable, environment[variable], by_environment=True)
    if name == CHROMIUM:
        browser = find_browser()
        return Given(name, variable, str(browser), by_environment=False) if browser else None
    how = Kept(data / f"{name}.json").get("how")
    if how == "container":
        return Container(SERVERS[name](data))
    return SERVERS[name](data) if how == "private" or SERVERS[name].installed() else None


def obtain(names: list[str], data: Path, environment: Mapping[str, str]) -> list[Service]:
    """All of them ready to be started, or ServiceError that tells all that is missing."""
    missing = [name for name in names if is_missing(name, data, environment)]
    if missing and can_install():
        packages = [package_of(name) for name in missing]
        log = data / "install.log"
        print(f"installing {', '.join(packages)} (log: {log})", file=sys.stderr, flush=True)
        install(packages, log)
        missing = [name for name in missing if is_missing(name, data, environment)]
    contained = [name for name in missing if name != CHROMIUM] if docker_works_for(missing) else []
    impossible = [name for name in missing if name not in contained]
    if impossible:
        raise ServiceError("\n".join(advice(name) for name in impossible))
    return [
        Container(SERVERS[name](data)) if name in contained else usable(name, data, environment)
        for name in names
    ]


def is_missing(name: str, data: Path, environment: Mapping[str, str]) -> bool:
    service = known(name, data, environment)
    return service is None or (isinstance(service, PrivateServer) and not service.installed())


def usable(name: str, data: Path, environment: Mapping[str, str]) -> Service:
    service = known(name, data, environment)
    if service is None:
        raise ServiceError(advice(name))
    return service


def docker_works_for(missing: list[str]) -> bool:
    return any(name != CHROMIUM for name in missing) and docker_works()


def variable_of(name: str) -> str:
    return "CHROMIUM" if name == CHROMIUM else SERVERS[name].variable


def package_of(name: str) -> str:
    return CHROMIUM if name == CHROMIUM else SERVERS[name].package


def advice(name: str) -> str:
    if sys.platform == "darwin":
        how = f"brew install {BREW.get(name, name)}"
    else:
        how = f"sudo apt-get install {package_of(name)}"
    docker = "" if name == CHROMIUM else ", or start Docker (with compose)"
    return f"{name} is missing: {how}{docker}, or set {variable_of(name)} to one that you have."
