"""How bin/services looks after a set: ports, pids, locks, signals. Redis stands for all three."""

import json
import os
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from .conftest import BIN, Services, processes_of, urls


def pid(data: Path) -> int:
    return int((data / "redis.pid").read_text())


def test_starting_twice_starts_one(services: Services, tmp_path: Path) -> None:
    assert "started" in services("start", "redis").stdout
    first = pid(tmp_path)
    assert "running" in services("start", "redis").stdout
    assert pid(tmp_path) == first


def test_starting_at_the_same_time_starts_one(services: Services, tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        both = list(pool.map(lambda _: services("start", "redis"), range(2)))
    assert sorted(done.stdout.split()[1] for done in both) == ["running", "started"]
    assert len(processes_of(tmp_path)) == 1


def test_a_taken_port_is_exchanged_for_another(services: Services) -> None:
    services("start", "redis")
    port = urlsplit(urls(services)["REDIS_URL"]).port
    services("stop", "redis")
    with socket.create_server(("127.0.0.1", port or 0)):
        assert services("start", "redis").returncode == 0
        url = urls(services)["REDIS_URL"]
    assert urlsplit(url).port != port
    with redis.Redis.from_url(url) as client:
        assert client.ping()


def test_a_pid_that_belongs_to_another_program_by_now_is_left_alone(
    services: Services, tmp_path: Path
) -> None:
    with subprocess.Popen(["sleep", "60"]) as stranger:
        (tmp_path / "redis.pid").write_text(str(stranger.pid))
        assert "not" in services("status", "redis").stdout
        assert services("stop", "redis").stdout == ""
        assert "started" in services("start", "redis").stdout
        assert stranger.poll() is None
        stranger.kill()


def test_a_suspended_server_is_told_and_comes_back(services: Services) -> None:
    services("start", "redis")
    url = urls(services)["REDIS_URL"]
    assert services("kill", "redis", "STOP").returncode == 0
    with (
        redis.Redis.from_url(url, socket_timeout=0.3) as client,
        pytest.raises(redis.TimeoutError),
    ):
        client.ping()
    assert services("kill", "redis", "SIGCONT").returncode == 0
    with redis.Redis.from_url(url) as client:
        assert client.ping()


def test_a_suspended_server_can_be_stopped_in_good_order(services: Services) -> None:
    services("start", "redis")
    services("kill", "redis", "STOP")
    before = time.monotonic()
    assert "stopped" in services("stop", "redis").stdout
    assert time.monotonic() - before < 20, "it should not have been killed in the end"


def test_a_failed_start_shows_the_end_of_the_log(services: Services, tmp_path: Path) -> None:
    services("start", "redis")
    services("stop", "redis")
    kept = tmp_path / "redis.json"
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "password": '"'}))
    failed = services("start", "redis")
    assert failed.returncode == 1
    assert "redis ended while starting" in failed.stderr
    assert "FATAL CONFIG FILE ERROR" in failed.stderr


@pytest.mark.parametrize(
    "words", [["start", "oracle"], ["kill", "redis"], ["kill", "redis", "SIGNONE"], ["run"]]
)
def test_wrong_words_are_explained_in_a_line(services: Services, words: list[str]) -> None:
    wrong = services(*words)
    assert wrong.returncode == 1
    assert len(wrong.stderr.splitlines()) == 1


def test_a_server_that_the_environment_names_is_used_and_never_stopped(
    services: Services, tmp_path: Path
) -> None:
    services("start", "redis")
    url = urls(services)["REDIS_URL"]

    def named(*words: str) -> str:  # the project's own set: --data would leave the name aside
        environment = {**os.environ, "REDIS_URL": url}
        command = [str(BIN / "services"), *words]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        ).stdout

    assert "named by REDIS_URL" in named("start", "redis")
    assert f"export REDIS_URL={url}" in named("env")
    assert named("stop", "redis") == ""
    assert "running" in services("status", "redis").stdout
    services("stop", "redis")
    assert "not running" in named("status", "redis")
    assert processes_of(tmp_path) == []


def test_run_passes_on_exit_codes_and_stops_just_what_it_started(all_servers: Services) -> None:
    all_servers("stop", "redis")
    ran = all_servers("run", "--", "sh", "-c", 'echo "$REDIS_URL"; exit 7')
    assert ran.returncode == 7
    assert ran.stdout.startswith("redis://:")
    assert "not running" in all_servers("status", "redis").stdout
    assert "running" in all_servers("status", "postgres").stdout
    assert all_servers("status", "postgres", "rabbitmq").returncode == 0
    assert all_servers("run", "no-such-program").returncode == 127


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_run_hands_signals_on_and_still_stops_what_it_started(
    all_servers: Services, all_data: Path, number: signal.Signals
) -> None:
    all_servers("stop", "redis")
    trap = 'trap "exit 5" INT TERM; echo ready; for i in $(seq 100); do sleep 0.1; done'
    command = [str(BIN / "services"), "--data", str(all_data), "run", "sh", "-c", trap]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        running.send_signal(number)
        assert running.wait(30) == 5
    assert "not running" in all_servers("status", "redis").stdout
    assert "running" in all_servers("status", "rabbitmq").stdout


def test_run_starts_only_the_servers_that_it_names(services: Services, tmp_path: Path) -> None:
    done = services("run", "redis", "--", "sh", "-c", "echo ${REDIS_URL%%:*} $BROKER_URL")
    assert (done.returncode, done.stdout) == (0, "redis\n")
    assert processes_of(tmp_path) == []


def test_run_leaves_a_double_dash_of_the_command_alone(services: Services) -> None:
    services("start", "redis")
    done = services("run", "redis", "--", "echo", "--", "redis")
    assert done.stdout == "-- redis\n"
