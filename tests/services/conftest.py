"""Running bin/services as a person would, in sets of servers apart from everybody else's."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

BIN = Path(__file__).resolve().parents[2] / "bin"
sys.path.insert(0, str(BIN))

Services = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True, scope="package")
def _no_named_servers() -> Iterator[None]:
    """The whole test run has servers that its environment names; here they would be used."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for variable in ("DATABASE_URL", "BROKER_URL", "REDIS_URL", "CHROMIUM"):
            monkeypatch.delenv(variable, raising=False)
        yield


def services_in(data: Path) -> Services:
    def services(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(BIN / "services"), "--data", str(data), *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
            env={**os.environ, **environment},
        )

    return services


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """A set of its own for one test; whatever happens, nothing of it keeps running."""
    call = services_in(tmp_path)
    yield call
    call("stop")
    assert processes_of(tmp_path) == []


@pytest.fixture(scope="package")
def all_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("all")


@pytest.fixture(scope="package")
def all_servers(all_data: Path) -> Iterator[Services]:
    """One set for all tests of a file, as RabbitMQ takes its time; each leaves it running."""
    call = services_in(all_data)
    started = call("start", "rabbitmq", "postgres", "redis")
    assert started.returncode == 0, started.stderr
    yield call
    call("stop")
    assert processes_of(all_data) == []
    # As root, PostgreSQL's own user may not enter tmp_path, and its data is in /var/tmp.
    shutil.rmtree(json.loads((all_data / "postgres.json").read_text())["folder"])


def processes_of(data: Path) -> list[str]:
    """Everything that runs with this data folder in its command line or its environment."""
    ps = subprocess.run(["ps", "axeww"], capture_output=True, text=True, check=True)
    return [line for line in ps.stdout.splitlines() if f"{data}/" in line]


def urls(call: Services) -> dict[str, str]:
    exports = [line.removeprefix("export ") for line in call("env").stdout.splitlines()]
    return dict(line.split("=", 1) for line in exports)
