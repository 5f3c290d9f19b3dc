"""Where the broker is: an option, the environment, or the one on this machine."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

DEFAULT_BROKER_URL = "amqp://guest:guest@localhost:5672//"
VARIABLES = ("BROKER_URL", "CLOUDAMQP_URL")
SCHEMES = ("amqp", "amqps", "memory")


class BadBrokerUrl(ValueError):
    """The broker's URL cannot be used. The text never holds the URL, which holds a password."""


def broker_url_from(environ: Mapping[str, str]) -> str:
    """The first of ``BROKER_URL``, ``BROKER_URL_FILE``, ``CLOUDAMQP_URL``, ``CLOUDAMQP_URL_FILE``.

    An empty variable counts as none; without any it is the broker on this machine.
    Raises ``BadBrokerUrl`` if a named file cannot be read or a URL cannot be used.
    """
    for name in VARIABLES:
        if url := environ.get(name):
            return checked_broker_url(url, source=name)
        if path := environ.get(f"{name}_FILE"):
            return checked_broker_url(_read(path, name), source=f"{name}_FILE")
    return DEFAULT_BROKER_URL


def checked_broker_url(url: str, *, source: str) -> str:
    """``url`` if it can be used at all. Raises ``BadBrokerUrl``, naming ``source``."""
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        allowed = ", ".join(f"{scheme}://" for scheme in SCHEMES)
        raise BadBrokerUrl(f"{source} must be a URL that starts with one of {allowed}")
    try:
        _ = parts.port
    except ValueError:  # its text quotes what may be a part of the password
        raise BadBrokerUrl(
            f"{source} has a bad port (is a '/', '#' or '@' in the password not %-encoded?)"
        ) from None
    return url


def tls_options(url: str, environ: Mapping[str, str]) -> dict[str, Any] | bool:
    """What kombu takes as ``ssl``: an ``amqps://`` broker must prove that it is the URL's host.

    To those who trust the authorities of the file ``BROKER_TLS_CA``, or else of the system.
    Raises ``BadBrokerUrl`` if that file holds none.
    """
    if not url.startswith("amqps:"):
        return False
    ca_file = environ.get("BROKER_TLS_CA") or None
    try:
        ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        reason = error.strerror or error
        raise BadBrokerUrl(f"BROKER_TLS_CA: {ca_file} holds no certificates ({reason})") from None
    return {
        "server_hostname": urlsplit(url).hostname,
        "cert_reqs": ssl.CERT_REQUIRED,
        "ca_certs": ca_file,
    }


def _read(path: str, name: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise BadBrokerUrl(f"{name}_FILE: cannot read {path}: {reason}") from None
