"""``python -m sensor_sim`` and ``manage.py simulate_sensor``, as a user starts them."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import kombu
import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from sensor_sim.fleet import fleet_sensor_ids
from sensor_sim.wire import EXCHANGE_NAME
from tests.sensor_sim.conftest import SENSOR_ID, document_of
from tests.sensor_sim.proxy import Proxy

SENSOR = ["--sensor", str(SENSOR_ID)]
HISTORY = ["--start", "2026-01-01T00:00Z", "--speed", "0"]
NOBODY_URL = "amqp://somebody:s3cr3t@127.0.0.1:1//"


def standalone(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sensor_sim", *arguments],
        env=os.environ | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def waiting_for_the_broker(*command: str) -> Iterator[subprocess.Popen[str]]:
    """A process that has just said that it cannot reach the broker."""
    process = subprocess.Popen(
        [sys.executable, *command, *SENSOR],
        env=os.environ | {"BROKER_URL": NOBODY_URL},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            assert "Cannot publish to the broker at amqp://somebody:**@127.0.0.1:1//" in line
            yield process
        finally:
            process.kill()


@pytest.fixture
def worker_queue(broker_url: str) -> Iterator[kombu.Queue]:
    """A queue bound to the exchange of the contract, as the worker's is."""
    with kombu.Connection(broker_url) as connection:
        exchange = kombu.Exchange(EXCHANGE_NAME, type="topic", durable=True)
        queue = kombu.Queue("", exchange, "m.#", exclusive=True)(connection.default_channel)
        queue.declare()
        yield queue


def test_it_publishes_for_a_fleet_and_says_what_it_has_done(worker_queue: kombu.Queue) -> None:
    done = standalone("--fleet", "3", *HISTORY, "--count", "4", "--batch", "5")
    assert done.returncode == 0
    assert done.stdout == "Published and confirmed: 12 readings in 3 messages; 0 retries.\n"
    assert done.stderr == ""
    messages = list(iter(lambda: worker_queue.get(no_ack=True), None))
    assert {message.delivery_info["routing_key"] for message in messages} == {"m.batch"}
    readings = [reading for message in messages for reading in document_of(message)]
    ids = [str(sensor_id) for sensor_id in fleet_sensor_ids(3)]
    assert sorted(reading["sensor_id"] for reading in readings) == sorted(4 * ids)


def test_it_replays_a_file(worker_queue: kombu.Queue, tmp_path: Path) -> None:
    path = tmp_path / "meter.csv"
    rows = "".join(f"{1570654800 + n},{n}\n" for n in range(50))
    path.write_text(f"timestamp,value\n{rows}", encoding="utf-8")
    done = standalone(*SENSOR, "--replay", str(path))
    assert done.stdout == "Published and confirmed: 50 readings in 50 messages; 0 retries.\n"
    messages = list(iter(lambda: worker_queue.get(no_ack=True), None))
    values = [document_of(message)["measurement_value"] for message in messages]
    assert values == list(range(50))


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "command",
    [["-m", "sensor_sim"], ["manage.py", "simulate_sensor"]],
    ids=["standalone", "django"],
)
def test_a_signal_ends_it_soon_with_the_closing_line(
    command: list[str], sent: signal.Signals
) -> None:
    with waiting_for_the_broker(*command) as process:
        began = time.monotonic()
        process.send_signal(sent)
        output, errors = process.communicate(timeout=10)
        assert time.monotonic() - began < 2
    assert process.returncode == 0
    assert re.fullmatch(
        r"Published and confirmed: 0 readings in 0 messages; (1 retry|\d+ retries)\.\n", output
    )
    assert errors == ""
    assert "s3cr3t" not in output + errors


def test_a_broker_that_hangs_does_not_keep_it_from_ending(proxy: Proxy) -> None:
    proxy.stall()
    process = subprocess.Popen(
        [sys.executable, "-m", "sensor_sim", *SENSOR, "--broker", proxy.url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert proxy.connected.wait(10)
            process.send_signal(signal.SIGTERM)
            output, _ = process.communicate(timeout=4)
        finally:
            process.kill()
    assert process.returncode == 0
    assert output == "Published and confirmed: 0 readings in 0 messages; 0 retries.\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no sensor: give --sensor, --sensors-file or --fleet"),
        (["--sensor", "kitchen"], "argument --sensor: invalid UUID value: 'kitchen'"),
        ([*SENSOR, "--broker", "http://u:s3cr3t@h"], "--broker must be a URL that starts with"),
        ([*SENSOR, "--replay", "/nonexistent"], "/nonexistent: cannot be read"),
        ([*SENSOR, "--http", "http://h"], "no token: set ENERGY_TOKEN, or give --token"),
        (
            [*SENSOR, "--http", "ftp://h", "--token", "s3cr3t"],
            "--http must be an address that starts with http:// or https://",
        ),
        (
            [*SENSOR, "--http", "http://h", "--broker", "amqp://h"],
            "argument --broker: not allowed with argument --http",
        ),
    ],
)
def test_bad_options_exit_with_2_and_one_clear_line(arguments: list[str], message: str) -> None:
    done = standalone(*arguments)
    assert done.returncode == 2
    assert message in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert "s3cr3t" not in done.stderr


def test_standalone_it_needs_neither_django_nor_the_product() -> None:
    absent = ("django", "celery", "energy", "accounts", "devices", "monitoring")
    script = f"import sys; sys.modules.update(dict.fromkeys({absent})); import sensor_sim.cli"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_command_publishes_to_the_platforms_broker(
    worker_queue: kombu.Queue,
    settings: Settings,
    broker_url: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings.BROKER_URL = broker_url
    call_command("simulate_sensor", *SENSOR, *HISTORY, "--count", "2")
    assert capsys.readouterr().out == (
        "Published and confirmed: 2 readings in 2 messages; 0 retries.\n"
    )
    assert worker_queue.get(no_ack=True) is not None


def test_the_command_refuses_bad_options_in_one_line() -> None:
    with pytest.raises(CommandError, match="no sensor") as caught:
        call_command("simulate_sensor")
    assert caught.value.returncode == 2
