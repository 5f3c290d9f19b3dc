"""Which servers bin/services takes, without starting any."""

import json
from pathlib import Path

import pytest
from _services import choice, install, kept
from _services.container import Container
from _services.given import Given
from _services.postgres import Postgres
from _services.rabbitmq import RabbitMQ
from _services.redis import Redis
from _services.service import ServiceError

NAMED = {
    "DATABASE_URL": "postgres://someone:secret@db.example/energy",
    "BROKER_URL": "amqps://someone:secret@broker.example",
    "REDIS_URL": "redis://:secret@127.0.0.1:1/0",
    "CHROMIUM": "/opt/browser",
}
SERVERS = ["rabbitmq", "postgres", "redis"]


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing installed, nothing installable, no Docker."""
    for server in (Postgres, RabbitMQ, Redis):
        monkeypatch.setattr(server, "installed", classmethod(lambda _: False))
    monkeypatch.setattr(choice, "find_browser", lambda: None)
    monkeypatch.setattr(choice, "can_install", lambda: False)
    monkeypatch.setattr(choice, "docker_works", lambda: False)


@pytest.mark.parametrize("name", choice.NAMES)
def test_what_the_environment_names_comes_first(name: str, tmp_path: Path) -> None:
    (service,) = choice.obtain([name], tmp_path, NAMED)
    assert isinstance(service, Given)
    assert service.url() == NAMED[service.variable]
    assert "secret" not in service.where()


@pytest.mark.usefixtures("bare_machine")
def test_what_the_environment_names_need_not_be_installed(tmp_path: Path) -> None:
    assert len(choice.obtain(choice.NAMES, tmp_path, NAMED)) == len(choice.NAMES)


def test_a_named_server_that_does_not_answer_is_told_without_its_password(tmp_path: Path) -> None:
    (service,) = choice.obtain(["redis"], tmp_path, NAMED)
    with pytest.raises(ServiceError, match=r"^REDIS_URL names 127\.0\.0\.1:1/0: nothing answers"):
        service.wait()


@pytest.mark.usefixtures("bare_machine")
def test_all_that_is_missing_is_told_at_once_a_line_each(tmp_path: Path) -> None:
    with pytest.raises(ServiceError) as missing:
        choice.obtain(choice.NAMES, tmp_path, {})
    lines = str(missing.value).splitlines()
    assert [line.split()[0] for line in lines] == choice.NAMES
    assert all(" is missing: " in line and " install " in line for line in lines)
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("bare_machine")
def test_root_on_debian_installs_just_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def pretend_to_install(packages: list[str], _log: Path) -> None:
        asked.append(packages)
        monkeypatch.setattr(Postgres, "installed", classmethod(lambda _: True))

    monkeypatch.setattr(Redis, "installed", classmethod(lambda _: True))
    monkeypatch.setattr(choice, "can_install", lambda: True)
    monkeypatch.setattr(choice, "install", pretend_to_install)
    chosen = choice.obtain(["postgres", "redis"], tmp_path, {})
    assert asked == [["postgresql"]]
    assert [type(service) for service in chosen] == [Postgres, Redis]


@pytest.mark.usefixtures("bare_machine")
def test_docker_stands_in_for_servers_but_not_for_the_browser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "docker_works", lambda: True)
    chosen = choice.obtain(SERVERS, tmp_path, {})
    assert [type(service) for service in chosen] == [Container] * 3
    with pytest.raises(ServiceError, match=r"^chromium is missing"):
        choice.obtain(choice.NAMES, tmp_path, {})


def test_a_server_whose_data_is_in_a_container_stays_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "redis.json").write_text(json.dumps({"how": "container", "port": 20000}))
    monkeypatch.setattr(choice, "docker_works", lambda: True)
    assert isinstance(choice.known("redis", tmp_path, {}), Container)


@pytest.mark.parametrize("before", [None, "#!/bin/sh\nexit 0\n"])
def test_packages_may_not_start_servers_while_they_are_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str | None
) -> None:
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(install, "POLICY", policy)
    if before is not None:
        policy.write_text(before)
    with install.no_server_starts():
        assert "exit 101" in policy.read_text()
    assert (policy.read_text() if policy.exists() else None) == before
    assert len(list(tmp_path.iterdir())) == (before is not None)


def test_passwords_are_for_their_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "server.json"
    password = kept.Kept(file).password()
    assert kept.Kept(file).password() == password
    assert file.stat().st_mode & 0o077 == 0


def test_ports_stay_below_the_ephemeral_ones(tmp_path: Path) -> None:
    values = kept.Kept(tmp_path / "server.json")
    ports = {values.free_port(f"port_{number}") for number in range(20)}
    assert len(ports) == 20
    assert max(ports) < 32768
