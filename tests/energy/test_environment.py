"""A bad value in the environment stops the start with one clear line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from energy.environment import BadEnvironment, read_environment
from tests.servers import ROOT

GOOD = {
    "SECRET_KEY": "only-for-this-test-" + "0123456789" * 4,
    "ALLOWED_HOSTS": "energy.example.org",
    "DATABASE_URL": "postgres://energy@localhost/energy",
    "BROKER_URL": "amqp://localhost",
    "REDIS_URL": "redis://localhost",
}


def start(**changes: str) -> tuple[int, str]:
    """Starts ``manage.py check --deploy`` with this environment and nothing else of ours."""
    process = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={"PATH": os.defpath} | GOOD | changes,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return process.returncode, process.stderr


@pytest.fixture(autouse=True)
def good_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", dict(GOOD))


def test_production_settings_pass_djangos_deployment_check_without_a_warning() -> None:
    assert start() == (0, "")


def test_bad_value_stops_the_start_with_one_line() -> None:
    code, printed = start(DEBUG="maybe")
    assert code == 1
    assert "DEBUG" in printed
    assert printed.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SECRET_KEY", None, "SECRET_KEY"),
        ("SECRET_KEY", "short", "at least 50"),
        ("DATABASE_URL", None, "DATABASE_URL"),
        ("DATABASE_URL", "sqlite:///db", "postgres://"),
        ("DATABASE_URL", "postgres://energy@localhost:port/energy", "DATABASE_URL"),
        ("BROKER_URL", None, "BROKER_URL"),
        ("BROKER_URL", "http://localhost", "amqp://"),
        ("REDIS_URL", "localhost", "redis://"),
        ("DEBUG", "maybe", "DEBUG"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL"),
        ("ALLOWED_HOSTS", None, "ALLOWED_HOSTS"),
        ("CSRF_TRUSTED_ORIGINS", "energy.example.org", "https://"),
        ("SITE_URL", "energy.example.org", "https://host"),
        ("SITE_URL", "https://energy.example.org/path", "without a path"),
        ("INGEST_BATCH_SIZE", "0", "INGEST_BATCH_SIZE"),
        ("METRICS_TOKEN", "too-short", "at least 16"),
        ("METRICS_TOKEN", "with a space 0123456789", "without spaces"),
        ("WORKER_METRICS_PORT", "65536", "WORKER_METRICS_PORT"),
        ("SECRET_KEY_FILE", "/nowhere/at/all", "SECRET_KEY_FILE"),
    ],
)
def test_bad_value_is_told_by_name(name: str, value: str | None, said: str) -> None:
    os.environ.pop(name, None)
    if value is not None:
        os.environ[name] = value
    with pytest.raises(BadEnvironment, match=said):
        read_environment()


def test_several_bad_values_are_told_at_once() -> None:
    del os.environ["SECRET_KEY"], os.environ["REDIS_URL"]
    with pytest.raises(BadEnvironment, match=r"SECRET_KEY.*; REDIS_URL"):
        read_environment()


def test_broker_may_come_as_cloudamqp_url() -> None:
    del os.environ["BROKER_URL"]
    os.environ["CLOUDAMQP_URL"] = "amqps://broker.example.org/x"
    assert read_environment().broker_url == "amqps://broker.example.org/x"


@pytest.mark.parametrize(
    ("given", "site_url"),
    [
        ({}, "https://energy.example.org"),
        ({"SITE_URL": ""}, "https://energy.example.org"),
        ({"SITE_URL": "https://my.example.org/"}, "https://my.example.org"),
        ({"SITE_URL": "http://localhost:8000"}, "http://localhost:8000"),
        ({"HTTPS": "false", "ALLOWED_HOSTS": "*,.example.org"}, "http://example.org"),
        ({"ALLOWED_HOSTS": "*"}, "https://localhost"),
    ],
)
def test_links_in_emails_lead_to_the_site(given: dict[str, str], site_url: str) -> None:
    os.environ.update(given)
    assert read_environment().site_url == site_url


def test_self_signed_redis_is_accepted_only_when_asked_for() -> None:
    os.environ["REDIS_URL"] = "rediss://:password@redis.example.org:6380"
    assert read_environment().redis_url == os.environ["REDIS_URL"]
    os.environ["REDIS_VERIFY_TLS"] = "false"
    assert read_environment().redis_url == f"{os.environ['REDIS_URL']}?ssl_cert_reqs=none"


def test_secret_may_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(os.environ.pop("SECRET_KEY") + "\n")
    os.environ["SECRET_KEY_FILE"] = str(path)
    assert read_environment().secret_key == GOOD["SECRET_KEY"]


def test_nobody_reads_metrics_unless_a_token_is_set(tmp_path: Path) -> None:
    assert read_environment().metrics_token == ""
    path = tmp_path / "token"
    path.write_text("0123456789abcdef\n")
    os.environ["METRICS_TOKEN_FILE"] = str(path)
    assert read_environment().metrics_token == "0123456789abcdef"
