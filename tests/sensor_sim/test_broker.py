"""Where the broker's URL comes from."""

from pathlib import Path

import pytest

from sensor_sim.broker import (
    DEFAULT_BROKER_URL,
    BadBrokerUrl,
    broker_url_from,
    checked_broker_url,
    tls_options,
)


def test_the_first_variable_that_is_not_empty_wins(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("amqps://from-file/x\n", encoding="utf-8")
    environ = {"CLOUDAMQP_URL_FILE": str(file)}
    assert broker_url_from(environ) == "amqps://from-file/x"
    environ["CLOUDAMQP_URL"] = "amqp://cloud"
    assert broker_url_from(environ) == "amqp://cloud"
    environ["BROKER_URL_FILE"] = str(file)
    assert broker_url_from(environ) == "amqps://from-file/x"
    environ["BROKER_URL"] = "amqp://plain"
    assert broker_url_from(environ) == "amqp://plain"
    assert broker_url_from({"BROKER_URL": ""}) == DEFAULT_BROKER_URL


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadBrokerUrl, match=r"BROKER_URL_FILE: cannot read .*missing: No such file"):
        broker_url_from({"BROKER_URL_FILE": str(tmp_path / "missing")})
    (tmp_path / "latin").write_bytes(b"\xff")
    with pytest.raises(BadBrokerUrl, match="not UTF-8"):
        broker_url_from({"BROKER_URL_FILE": str(tmp_path / "latin")})


@pytest.mark.parametrize(
    "url",
    ["localhost", "http://u:secret@h", "amqp://u:sec/ret@h:5672//", "amqp://u:x@h:secret//", ""],
)
def test_a_bad_url_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(BadBrokerUrl, match=r"^--broker ") as caught:
        checked_broker_url(url, source="--broker")
    assert "sec" not in str(caught.value)


def test_authorities_file_that_holds_none_is_told() -> None:
    with pytest.raises(
        BadBrokerUrl, match=r"BROKER_TLS_CA: /nowhere holds no certificates \(No such"
    ):
        tls_options("amqps://broker.example.org", {"BROKER_TLS_CA": "/nowhere"})
