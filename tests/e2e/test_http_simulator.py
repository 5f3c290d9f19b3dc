"""``python -m sensor_sim --http``: the ledger of the simulator is what the platform has stored."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from accounts.api_tokens import create_api_token
from accounts.models import User
from devices.models import Sensor
from monitoring.models import Reading
from tests.servers import free_port, until, web_server, worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def token(alice: User) -> str:
    return create_api_token(user=alice, name="meter")[1]


def simulator(site: str, sensor: str, token: str, *arguments: str) -> list[str]:
    start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 600))
    pace = ["--start", start, "--speed", "0", "--no-progress"]
    return [
        *(sys.executable, "-m", "sensor_sim", "--http", site, "--sensor", sensor),
        *(*pace, *arguments),
    ]


@pytest.fixture
def receiving(purged_queue: None) -> Iterator[None]:
    with worker():
        yield


def test_every_confirmed_reading_is_stored_though_the_platform_was_away(
    meter: Sensor, token: str, receiving: None
) -> None:
    port = free_port()
    site = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        simulator(site, str(meter.uuid), token, "--count", "25", "--batch", "10"),
        env=os.environ | {"ENERGY_TOKEN": token},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith(f"Cannot send to the platform at {site} (")
        with web_server(port):
            printed, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert printed.startswith("Published and confirmed: 25 readings in 3 messages; ")
    assert errors == f"The platform at {site} takes readings again.\n"
    assert token not in printed + errors
    until(lambda: Reading.objects.filter(sensor=meter).count() == 25, what="all are stored")


@pytest.mark.parametrize("wrong", ["token", "sensor"])
def test_refusal_ends_it_with_one_line(
    address: str, meter: Sensor, charlie: User, token: str, wrong: str
) -> None:
    key = "nonsense" if wrong == "token" else create_api_token(user=charlie, name="meter")[1]
    done = subprocess.run(
        simulator(address, str(meter.uuid), key, "--count", "1", "--token", key),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    status = {"token": "401", "sensor": "404"}[wrong]
    assert done.stderr.startswith(f"The platform at {address} refuses the readings: {status}, ")
    assert done.stderr.endswith(" Published and confirmed: 0 readings in 0 messages; 0 retries.\n")
    assert done.stderr.count("\n") == 1
    assert key not in done.stdout + done.stderr
