"""Publishing to an HTTP API that makes trouble."""

from pathlib import Path
from threading import Event

import pytest

from sensor_sim.http_publisher import BadSite, HttpPublisher, Refused, checked_site, token_from
from tests.sensor_sim.conftest import MakeReadings, ReportedLines
from tests.sensor_sim.site import Answer, answer, hang_up, site
from tests.servers import free_port

TOKEN = "s3cr3t-s3cr3t"


def make_publisher(
    url: str,
    reported: ReportedLines,
    *,
    stop: Event | None = None,
    waits: list[float] | None = None,
) -> HttpPublisher:
    """Waits not at all between two tries, and notes how long it would have."""
    stop = stop or Event()

    def wait(seconds: float) -> bool:
        if waits is not None:
            waits.append(seconds)
        return stop.is_set()

    return HttpPublisher(
        checked_site(url), token=TOKEN, stop=stop, report=reported, timeout_seconds=2, wait=wait
    )


def test_a_message_is_as_the_api_takes_it(
    make_readings: MakeReadings, reported: ReportedLines
) -> None:
    readings = make_readings(3)
    with site() as it, make_publisher(f"{it.url}/", reported) as publisher:
        assert publisher.publish(readings)
        assert publisher.publish(readings[:1])
        assert it.requests == [("/api/v1/readings/", f"Token {TOKEN}")] * 2
        assert [reading["measurement_value"] for reading in it.bodies[0]] == [
            reading.register_kwh for reading in readings
        ]
        assert it.bodies[1]["sensor_id"] == str(readings[0].sensor_id)
        assert len(it.connections) == 1
    assert (publisher.confirmed_messages, publisher.confirmed_readings) == (2, 4)
    assert (publisher.retries, reported.lines) == (0, [])


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (answer(503, {"detail": "no broker"}), "it answers 503"),
        (answer(502, "<html>"), "it answers 502"),
        (answer(429), "it answers 429"),
        (hang_up, "Remote end closed connection"),
    ],
)
def test_trouble_is_told_once_and_the_message_sent_until_it_is_confirmed(
    trouble: Answer, told: str, make_readings: MakeReadings, reported: ReportedLines
) -> None:
    with site(trouble, trouble) as it, make_publisher(it.url, reported) as publisher:
        assert publisher.publish(make_readings(1))
        assert len(it.bodies) == 3
        assert it.bodies[0] == it.bodies[1] == it.bodies[2]
    assert (publisher.confirmed_messages, publisher.retries) == (1, 2)
    first, last = reported.lines
    assert first.startswith(f"Cannot send to the platform at {it.url} ({told}")
    assert last == f"The platform at {it.url} takes readings again."


def test_it_waits_as_long_as_the_platform_asks_but_not_for_ever(
    make_readings: MakeReadings, reported: ReportedLines
) -> None:
    waits: list[float] = []
    answers = [answer(503, Retry_After=seconds) for seconds in ("5", "86400", "soon")]
    with site(*answers) as it, make_publisher(it.url, reported, waits=waits) as publisher:
        assert publisher.publish(make_readings(1))
    assert waits[:2] == [5, 10]
    assert waits[2] < 5


def test_stopped_while_the_platform_is_away_it_confirms_nothing(
    make_readings: MakeReadings, reported: ReportedLines
) -> None:
    stop = Event()
    publisher = make_publisher(f"http://127.0.0.1:{free_port()}", reported, stop=stop)
    stop.set()
    assert not publisher.publish(make_readings(1))
    stop.clear()
    publisher._wait = lambda seconds: True
    assert not publisher.publish(make_readings(1))
    assert (publisher.confirmed_messages, publisher.retries) == (0, 1)
    assert len(reported.lines) == 1


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (answer(401, {"detail": "Invalid token."}), "401, Invalid token."),
        (answer(403, []), "403, Forbidden"),
        (answer(404, {"detail": "Not found."}), "404, not a sensor of the token's user"),
        (answer(301, Location="https://else"), "301, it has moved: is it https://"),
        (answer(413, {"detail": "Too large."}), "413, Too large."),
        (
            answer(400, {"accepted": 0, "rejected": [{"detail": "It is in the future."}]}),
            "400, It is in the future.",
        ),
        (answer(200, "hello"), "200, OK"),
    ],
)
def test_refusal_is_no_confirmation_and_is_not_tried_again(
    refusal: Answer, said: str, make_readings: MakeReadings, reported: ReportedLines
) -> None:
    with site(refusal) as it, make_publisher(it.url, reported) as publisher:
        with pytest.raises(Refused) as caught:
            publisher.publish(make_readings(1))
        assert len(it.bodies) == 1
    assert f"{it.url} refuses the readings: {said}" in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert publisher.confirmed_messages == 0


def test_what_the_platform_quarantines_is_told(
    make_readings: MakeReadings, reported: ReportedLines
) -> None:
    outcome = {"accepted": 1, "rejected": [{"reason": "x", "detail": "It is in the future."}]}
    with site(answer(202, outcome)) as it, make_publisher(it.url, reported) as publisher:
        assert publisher.publish(make_readings(2))
    assert reported.lines == ["The platform has quarantined a reading: It is in the future."]


def test_idle_connection_is_not_kept(make_readings: MakeReadings, reported: ReportedLines) -> None:
    with site() as it, make_publisher(it.url, reported) as publisher:
        publisher.publish(make_readings(1))
        publisher.keep_alive()
        publisher.publish(make_readings(1))
        assert len(it.connections) == 2
    assert publisher.retries == 0


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8000",
        "amqp://host",
        "http://",
        "http://user:s3cr3t@host",
        "http://host:port",
        "http://host/?a=1",
        "http://[",
    ],
)
def test_bad_address_is_refused_without_a_password_in_the_text(url: str) -> None:
    with pytest.raises(BadSite) as caught:
        checked_site(url)
    assert "s3cr3t" not in str(caught.value)


def test_token_comes_from_the_option_the_environment_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-file\n")
    environ = {"ENERGY_TOKEN": "from-environment", "ENERGY_TOKEN_FILE": str(file)}
    assert token_from("from-option", environ) == "from-option"
    assert token_from(None, environ) == "from-environment"
    assert token_from(None, {**environ, "ENERGY_TOKEN": ""}) == "from-file"


@pytest.mark.parametrize("environ", [{}, {"ENERGY_TOKEN_FILE": "/nonexistent"}])
def test_missing_token_is_told(environ: dict[str, str]) -> None:
    with pytest.raises(BadSite, match="ENERGY_TOKEN"):
        token_from(None, environ)


@pytest.mark.parametrize("token", ["s3cr3t\r\nX: y", "s3cr3t s3cr3t", "s3cr3té"])
def test_token_that_breaks_a_header_is_refused_and_not_told(token: str) -> None:
    with pytest.raises(BadSite) as caught:
        token_from(token, {})
    assert "s3cr3t" not in str(caught.value)
