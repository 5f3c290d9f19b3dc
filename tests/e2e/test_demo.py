"""``make demo`` as a user runs it: started as a process, seen in Chromium, stopped with Ctrl-C."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from energy.demo.__main__ import find_free_port
from energy.demo.household import PASSWORD
from energy.demo.new_meter import EMAIL as NEW_METERS_OWNER
from tests.e2e.conftest import save_screenshot
from tests.e2e.pages import ALICE
from tests.e2e.visits import log_in_context
from tests.servers import ROOT, free_port, until

#: What the demo promises; the last part is how long a peak may take.
START_WITHIN_S = 90
PEAK_WITHIN_MS = 60_000


@contextmanager
def demo(port: int, data: Path) -> Iterator[str]:
    """``python -m energy.demo``, which is what ``make demo`` runs, with a short past; ended with
    Ctrl-C.

    Gives what it printed once it was up; checks that it ends as it should.
    """
    hidden = ("DATABASE_URL", "BROKER_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    with subprocess.Popen(
        [sys.executable, "-m", "energy.demo"],
        cwd=ROOT,
        env=environment | {"PORT": str(port), "DEMO_DATA": str(data), "DEMO_DAYS": "3"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield _welcome(process)
            process.send_signal(signal.SIGINT)
            rest, _ = process.communicate(timeout=30)
        finally:
            process.kill()
        assert rest.strip().endswith("Stopped. The data is kept.")
        assert process.returncode == 0


def _welcome(process: subprocess.Popen[str]) -> str:
    """Reads what the demo prints until it has told all: its last words are of the simulator."""
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if "-m sensor_sim" in line:
            return printed
    raise AssertionError(f"The demo ended:\n{printed}")


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        yield context


def test_demo_shows_a_peak_soon_each_time_and_keeps_its_data(
    tmp_path: Path, context: BrowserContext
) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with demo(port, tmp_path) as printed:
        assert "Making 3 days of past readings" in printed
        assert address in printed
        assert "a peak within 40 s" in printed
        assert _refusal(free_port(), tmp_path) == (
            f"A demo with the data of {tmp_path} runs already. "
            "Use it, or stop it with Ctrl-C first.\n"
        )
        for login in (ALICE, "ioana@example.com"):
            assert re.search(rf"{re.escape(login)} +password: {PASSWORD}", printed)
        page = open_home(context, address)
        page.click(".device-table a")
        page.wait_for_selector("figure[data-drawn]")
        seq = _see_peak(page)
        save_screenshot(page, "device-with-peak")
        token = (tmp_path / "token").read_text()
        send_first_reading(printed, context, address)
    context.clear_cookies()
    with demo(port, tmp_path) as printed:
        assert "Making" not in printed
        assert (tmp_path / "token").read_text() == token
        again = open_home(context, address)
        again.goto(f"{address}/alerts/")
        assert again.locator(f"[data-seq='{seq}']").count() == 1
        assert _see_peak(again) > seq
    until(lambda: not _answers(port), what="the port is free again")


def _see_peak(page: Page) -> int:
    """The number of the peak that the open page tells of next."""
    toast = page.wait_for_selector(".toast", timeout=PEAK_WITHIN_MS)
    assert toast is not None
    return int(toast.get_attribute("data-seq") or 0)


def send_first_reading(printed: str, context: BrowserContext, address: str) -> None:
    """What the demo says to type into another terminal does what it says."""
    found = re.search(rf"{address}/sensors/\S+", printed)
    assert found
    context.clear_cookies()
    log_in_context(context, address, NEW_METERS_OWNER, PASSWORD)
    page = context.new_page()
    page.goto(found[0])
    page.get_by_text("Waiting for the first reading…").wait_for()
    typed = re.search(r"(?s)  export ENERGY_TOKEN=.*?/api/v1/readings/", printed)
    assert typed
    sent = subprocess.run(["bash", "-euc", typed[0]], cwd=ROOT, capture_output=True, check=True)
    assert json.loads(sent.stdout) == {"accepted": 1, "rejected": []}
    page.get_by_text("The first reading has arrived.").wait_for()
    simulated = [*shlex.split(printed.strip().splitlines()[-1]), "--count", "1"]
    token = (typed[0].split('"$(cat ')[1]).split(")")[0]
    environment = os.environ | {"ENERGY_TOKEN_FILE": token}
    subprocess.run(simulated, cwd=ROOT, env=environment, check=True)


def open_home(context: BrowserContext, address: str) -> Page:
    """Alice's first page, live."""
    log_in_context(context, address, ALICE, PASSWORD)
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("body[data-live=online]")
    return page


def test_taken_port_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert _refusal(port, tmp_path) == (
            f"Port {port} is taken. Choose another one: make demo PORT={port + 1}\n"
        )


def test_no_port_above_the_highest_is_proposed() -> None:
    with socket.socket() as taken:
        with suppress(OSError):  # somebody else has it: just as well
            taken.bind(("127.0.0.1", 65535))
            taken.listen()
        with pytest.raises(SystemExit, match="make demo PORT=8000"):
            find_free_port("65535")


@pytest.mark.parametrize("port", ["x", "0", "65536"])
def test_bad_port_is_told_in_one_line(port: str, tmp_path: Path) -> None:
    refusal = _refusal(port, tmp_path)
    assert refusal.count("\n") == 1
    assert "PORT" in refusal


@pytest.mark.parametrize("days", ["x", "0", "1001"])
def test_bad_number_of_days_is_told_in_one_line(days: str, tmp_path: Path) -> None:
    refusal = _refusal(free_port(), tmp_path, DEMO_DAYS=days)
    assert refusal == f"DEMO_DAYS must be a number of days from 1 to 1000, not {days!r}.\n"


def _refusal(port: int | str, data: Path, **environment: str) -> str:
    """What a demo complains of that does not start."""
    process = subprocess.run(
        [sys.executable, "-m", "energy.demo"],
        cwd=ROOT,
        env=os.environ | {"PORT": str(port), "DEMO_DATA": str(data)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert process.returncode == 1
    return process.stderr


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
