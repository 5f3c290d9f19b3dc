"""An `amqps://` broker must prove that it is the host of the address; tried with real TLS."""

import asyncio
import os
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from celery import Celery
from kombu import Connection

from energy.environment import BadEnvironment, read_environment
from monitoring.ingest.topology import declare_topology
from monitoring.ingest.transport import transport_for
from sensor_sim.broker import tls_options


class TlsBroker(NamedTuple):
    """The tests' broker behind TLS, with a certificate for ``localhost``."""

    url: str
    ca_file: Path


@pytest.fixture
def tls_broker(tmp_path: Path, broker_url: str) -> Iterator[TlsBroker]:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject, *files],
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    parts = urlsplit(broker_url)
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        asyncio.start_server(_Relay(parts.hostname, parts.port or 5672), "127.0.0.1", ssl=context)
    )
    port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    who = parts.netloc.rpartition("@")[0]
    yield TlsBroker(f"amqps://{who}@localhost:{port}{parts.path}", certificate)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    server.close()
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


class _Relay:
    """Passes on what comes, in both directions."""

    def __init__(self, host: str | None, port: int) -> None:
        self._host, self._port = host, port

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(self._host, self._port)
        await asyncio.gather(self._copy(reader, there_writer), self._copy(there_reader, writer))

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(65_536):
                writer.write(piece)
        except OSError:
            pass
        finally:
            writer.close()


def tls_of(monkeypatch: pytest.MonkeyPatch, url: str, ca_file: Path | str = "") -> Any:
    """The platform's choice for such a broker."""
    environ = {
        "DEBUG": "true",
        "DATABASE_URL": "postgres://energy@localhost/energy",
        "REDIS_URL": "redis://localhost",
        "BROKER_URL": url,
        "BROKER_TLS_CA": str(ca_file),
    }
    monkeypatch.setattr(os, "environ", environ)
    tls = read_environment().broker_tls
    assert tls == tls_options(url, environ)  # the simulator's is the same
    return tls


@pytest.mark.parametrize("is_receiver", [False, True])
def test_broker_of_that_name_and_authority_is_talked_to(
    tls_broker: TlsBroker, monkeypatch: pytest.MonkeyPatch, is_receiver: bool
) -> None:
    tls = tls_of(monkeypatch, tls_broker.url, tls_broker.ca_file)
    transport = transport_for(tls_broker.url) if is_receiver else None
    with Connection(tls_broker.url, ssl=tls, transport=transport) as connection:
        declare_topology(connection.channel())


def test_celery_talks_to_it_too(tls_broker: TlsBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    app = Celery(set_as_current=False)
    tls = tls_of(monkeypatch, tls_broker.url, tls_broker.ca_file)
    app.conf.update(broker_url=tls_broker.url, broker_use_ssl=tls)
    with app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=0)


def test_certificate_for_another_host_is_refused(
    tls_broker: TlsBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = tls_broker.url.replace("@localhost", "@127.0.0.1")
    assert "not valid for '127.0.0.1'" in refusal_of(
        url, tls_of(monkeypatch, url, tls_broker.ca_file)
    )


def test_certificate_of_an_unknown_authority_is_refused(
    tls_broker: TlsBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = tls_of(monkeypatch, tls_broker.url)
    assert "self-signed certificate" in refusal_of(tls_broker.url, tls)


def refusal_of(url: str, tls: Any) -> str:
    """Why no connection is made."""
    with (
        pytest.raises(ssl.SSLCertVerificationError) as refusal,
        Connection(url, ssl=tls) as connection,
    ):
        connection.ensure_connection(max_retries=0, reraise_as_library_errors=False)
    return str(refusal.value)


def test_file_without_authorities_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty.pem"
    empty.touch()
    for path in (empty, tmp_path / "missing.pem"):
        with pytest.raises(BadEnvironment, match="BROKER_TLS_CA"):
            tls_of(monkeypatch, "amqps://broker.example.org", path)


def test_without_tls_nothing_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tls_of(monkeypatch, "amqp://localhost") is False
