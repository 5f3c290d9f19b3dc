"""What the platform reads from its environment: each value checked before anything starts.

Every name may also be given as ``NAME_FILE``, the path of a file that holds the value, so that a
secret never needs to stand in the environment itself.
"""

import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from environs import EnvError, FileAwareEnv, ValidationError
from marshmallow.validate import Length, OneOf, Range

DEVELOPMENT_KEY = "development-only-key-never-use-it-where-others-can-reach-the-server"


#: For how many days rows are kept that nothing needs any more, unless the environment says so.
KEPT_DAYS = {
    "QUARANTINE_KEPT_DAYS": 30,
    "QUARANTINE_WAITING_KEPT_DAYS": 180,
    "ALERTS_KEPT_DAYS": 400,
    "ALERT_EMAILS_KEPT_DAYS": 180,
    "IMPORTS_KEPT_DAYS": 180,
    "LOGINS_KEPT_DAYS": 90,
    "SUPERSEDED_KEPT_DAYS": 180,
}

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class BadEnvironment(Exception):
    """A variable of the environment is missing or has a bad value."""


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The settings that differ from one installation to the next."""

    debug: bool
    secret_key: str
    allowed_hosts: list[str]
    csrf_trusted_origins: list[str]
    https: bool
    behind_proxy: bool
    log_level: str
    database: dict[str, Any]
    broker_url: str
    #: What kombu and Celery take as ``ssl``.
    broker_tls: dict[str, Any] | bool
    redis_url: str
    site_url: str
    email: dict[str, Any]
    default_from_email: str
    ingest_batch_size: int
    ingest_flush_ms: int
    ingest_prefetch: int
    ingest_heartbeat_s: int
    ingest_deferred_max_mb: int
    quarantine_max_a_sensor: int
    quarantine_max_a_reason: int
    kept_days: dict[str, int]
    history_max_gap_minutes: int
    readings_kept_months: int
    web_threads: int
    metrics_token: str
    worker_metrics_host: str
    worker_metrics_port: int
    worker_remote_control: bool


def _scheme(*allowed: str) -> Callable[[str], None]:
    def check(url: str) -> None:
        if urlsplit(url).scheme not in allowed:
            raise ValidationError(f"must start with {' or '.join(f'{s}://' for s in allowed)}.")

    return check


def _origin(origins: list[str]) -> None:
    if any(urlsplit(origin).scheme not in ("http", "https") for origin in origins):
        raise ValidationError("each origin must start with http:// or https://.")


def _site_url(url: str) -> None:
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/")):
        raise ValidationError("must read https://host, without a path.")


def _first_site(allowed_hosts: list[str], *, https: bool) -> str:
    """The site's address by its first host name, where none is given for links in emails."""
    host = next((host for host in allowed_hosts if host != "*"), "localhost").removeprefix(".")
    return f"{'https' if https else 'http'}://{host}"


def _bearer_token(token: str) -> None:
    if token and not re.fullmatch(r"[!-~]{16,}", token):
        raise ValidationError("must be at least 16 ASCII characters without spaces.")


def _database(url: str) -> dict[str, Any]:
    if not url:
        return {}  # told by the check of DATABASE_URL
    try:
        return dict(dj_database_url.parse(url))
    except (ValueError, dj_database_url.ParseError):
        raise BadEnvironment(
            "DATABASE_URL: must read postgres://user:password@host:port/database."
        ) from None


def _broker_tls(url: str, ca_file: str) -> dict[str, Any] | bool:
    """The broker must prove that it is the host of the address: py-amqp alone would accept any
    certificate that somebody whom the system trusts has signed, for whatever host."""
    if not url.startswith("amqps:"):
        return False
    try:
        ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        raise BadEnvironment(
            f"BROKER_TLS_CA: {ca_file} does not hold certificates ({error.strerror or error})."
        ) from None
    return {
        "server_hostname": urlsplit(url).hostname,
        "cert_reqs": ssl.CERT_REQUIRED,
        "ca_certs": ca_file or None,  # None: those that the system trusts
    }


def _redis_url(url: str, *, verify_tls: bool | None) -> str:
    if verify_tls is not False or not url.startswith("rediss:"):
        return url
    return f"{url}{'&' if '?' in url else '?'}ssl_cert_reqs=none"


def read_environment() -> Environment:
    """Reads and checks the process environment.

    Raises ``BadEnvironment`` whose text names every bad or missing variable in one line.
    """
    try:
        return _read()
    except EnvError as error:
        raise BadEnvironment(_one_line(error)) from error
    except ValueError as error:  # an unreadable NAME_FILE, a port that is no number
        raise BadEnvironment(str(error)) from error


def _read() -> Environment:
    env = FileAwareEnv(eager=False, strip_whitespace=True)
    debug = env.bool("DEBUG", False)
    required: dict[str, Any] = {"validate": Length(min=1, error="must not be empty.")}
    broker_fallback = env.str("CLOUDAMQP_URL", None)
    broker_default = {} if broker_fallback is None else {"default": broker_fallback}
    broker_url = env.str(
        "BROKER_URL", validate=_scheme("amqp", "amqps", "memory"), **broker_default
    )
    values = Environment(
        debug=debug,
        secret_key=env.str(
            "SECRET_KEY",
            **({"default": DEVELOPMENT_KEY} if debug else {}),
            validate=Length(min=50, error="must be at least 50 characters long."),
        ),
        allowed_hosts=env.list(
            "ALLOWED_HOSTS",
            **({"default": ["localhost", "127.0.0.1", "[::1]"]} if debug else required),
        ),
        csrf_trusted_origins=env.list("CSRF_TRUSTED_ORIGINS", [], validate=_origin),
        https=env.bool("HTTPS", not debug),
        behind_proxy=env.bool("BEHIND_PROXY", False),
        log_level=env.str("LOG_LEVEL", "INFO", validate=OneOf(LOG_LEVELS)),
        database=_database(
            env.str("DATABASE_URL", validate=_scheme("postgres", "postgresql")) or ""
        ),
        broker_url=broker_url,
        broker_tls=_broker_tls(broker_url or "", env.str("BROKER_TLS_CA", "")),
        redis_url=_redis_url(
            env.str("REDIS_URL", validate=_scheme("redis", "rediss", "memory")) or "",
            verify_tls=env.bool("REDIS_VERIFY_TLS", True),
        ),
        site_url=(env.str("SITE_URL", "", validate=_site_url) or "").rstrip("/"),
        email=env.dj_email_url("EMAIL_URL", "console:"),
        default_from_email=env.str("DEFAULT_FROM_EMAIL", "Energy <energy@localhost>"),
        ingest_batch_size=env.int("INGEST_BATCH_SIZE", 20_000, validate=Range(min=1, max=100_000)),
        ingest_flush_ms=env.int("INGEST_FLUSH_MS", 10, validate=Range(min=0, max=10_000)),
        ingest_prefetch=env.int("INGEST_PREFETCH", 1000, validate=Range(min=1, max=65_535)),
        ingest_heartbeat_s=env.int("INGEST_HEARTBEAT_S", 30, validate=Range(min=2, max=300)),
        ingest_deferred_max_mb=env.int(
            "INGEST_DEFERRED_MAX_MB", 2048, validate=Range(min=0, max=1_000_000)
        ),
        quarantine_max_a_sensor=env.int(
            "QUARANTINE_MAX_A_SENSOR", 1_500, validate=Range(min=1, max=1_000_000)
        ),
        quarantine_max_a_reason=env.int(
            "QUARANTINE_MAX_A_REASON", 5_000, validate=Range(min=1, max=1_000_000)
        ),
        kept_days={
            name: env.int(name, days, validate=Range(min=1, max=100_000)) or days
            for name, days in KEPT_DAYS.items()
        },
        history_max_gap_minutes=env.int(
            "HISTORY_MAX_GAP_MINUTES", 60, validate=Range(min=1, max=100_000)
        ),
        readings_kept_months=env.int("READINGS_KEPT_MONTHS", 0, validate=Range(min=0, max=1200)),
        web_threads=env.int("WEB_THREADS", 16, validate=Range(min=1, max=500)),
        metrics_token=env.str("METRICS_TOKEN", "", validate=_bearer_token),
        worker_metrics_host=env.str("WORKER_METRICS_HOST", "127.0.0.1"),
        worker_metrics_port=env.int("WORKER_METRICS_PORT", 0, validate=Range(min=0, max=65_535)),
        worker_remote_control=env.bool("WORKER_REMOTE_CONTROL", False),
    )
    env.seal()
    if values.site_url:
        return values
    site_url = _first_site(values.allowed_hosts, https=values.https)
    return replace(values, site_url=site_url)


def _one_line(error: EnvError) -> str:
    problems = getattr(error, "error_messages", None)
    if not isinstance(problems, dict):
        return str(error)
    return "; ".join(f"{name}: {' '.join(map(str, texts))}" for name, texts in problems.items())
