"""The programs that pages show: copied from the page, pasted into a terminal, run as they stand."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from accounts.models import User
from devices.models import Sensor
from monitoring.models import Reading
from tests.conftest import Store
from tests.e2e.conftest import OpenSession
from tests.servers import until, worker

pytestmark = pytest.mark.django_db(transaction=True)

WITHIN_MS = 30_000


def copy_program(page: Page, name: str) -> str:
    """What the page's button puts on the clipboard."""
    box = page.locator(f'[data-snippet="{name}"]')
    if box.get_attribute("open") is None:
        box.locator("summary").click()
    box.get_by_role("button").click()
    box.get_by_text("Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == box.locator("code").text_content()
    return str(copied)


Pasted = Callable[[str, str], list[str]]


@pytest.fixture
def pasted(tmp_path: Path) -> Pasted:
    """``pasted(name, program)``: the words that run it; a shell's as typed, Python's as a file."""

    def save(name: str, program: str) -> list[str]:
        if name.endswith(".sh"):
            return ["bash", "-euc", program]
        path = tmp_path / name
        path.write_text(program)
        return [sys.executable, str(path)]

    return save


def run(words: list[str], **environment: str) -> str:
    """What a program prints that ends well."""
    done = subprocess.run(
        words,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def make_token(page: Page, address: str) -> str:
    """The key that the page's line puts into the environment."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{address}/accounts/profile/")
    page.fill("form[action$='/tokens/'] input[name=name]", "Script")
    page.click("form[action$='/tokens/'] button[type=submit]")
    page.wait_for_selector("#token-key")
    exported = copy_program(page, "token.sh")
    return run(["bash", "-euc", f'{exported}\nprintf %s "$ENERGY_TOKEN"'])


def test_programs_of_a_new_token_work(
    address: str,
    alice: User,
    meter: Sensor,
    store: Store,
    open_session: OpenSession,
    pasted: Pasted,
) -> None:
    store(meter, (0, 0.0), (60, 5.0))
    page = open_session(address, alice.email).new_page()
    token = make_token(page, address)
    by_curl = json.loads(run(pasted("c.sh", copy_program(page, "read.sh")), ENERGY_TOKEN=token))
    assert [found["id"] for found in by_curl["results"]] == [str(meter.uuid)]
    by_python = run(pasted("read.py", copy_program(page, "read.py")), ENERGY_TOKEN=token)
    assert str(meter.uuid) in by_python
    listener = pasted("listen.py", copy_program(page, "listen.py"))
    with subprocess.Popen(
        listener, env=os.environ | {"ENERGY_TOKEN": token}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "1 Main meter 5.0 kW\n"
        process.kill()


def test_account_shows_the_same_programs(
    address: str, alice: User, open_session: OpenSession
) -> None:
    page = open_session(address, alice.email).new_page()
    make_token(page, address)
    new = {name: copy_program(page, name) for name in ("read.sh", "read.py", "listen.py")}
    page.goto(f"{address}/accounts/profile/")
    page.get_by_text("Sample programs").click()
    assert {name: copy_program(page, name) for name in new} == new


def test_first_reading_is_sent_by_each_program_and_seen_to_arrive(
    address: str,
    alice: User,
    administrator: User,
    meter: Sensor,
    purged_queue: None,
    open_session: OpenSession,
    pasted: Pasted,
) -> None:
    mine = open_session(address, alice.email).new_page()
    token = make_token(mine, address)
    mine.goto(f"{address}/sensors/{meter.uuid}/")
    theirs = open_session(address, administrator.email).new_page()
    theirs.goto(f"{address}/admin/devices/sensor/{meter.pk}/change/")
    for page in (mine, theirs):
        page.get_by_text("Waiting for the first reading…").wait_for()
    programs = {name: copy_program(mine, name) for name in ("send.sh", "send.py", "send_amqp.py")}
    with worker():
        printed = run(pasted("send.sh", programs["send.sh"]), ENERGY_TOKEN=token)
        assert json.loads(printed) == {"accepted": 1, "rejected": []}
        for page in (mine, theirs):
            received = page.get_by_text("The first reading has arrived.")
            received.wait_for(timeout=WITHIN_MS)
            assert page.get_by_text("Waiting for the first reading…").is_hidden()
            received.get_by_role("link").click()
            page.wait_for_selector(".first-reading", state="detached")
        printed = run(pasted("send.py", programs["send.py"]), ENERGY_TOKEN=token)
        assert json.loads(printed) == {"accepted": 1, "rejected": []}
        assert "has it" in run(pasted("send_amqp.py", programs["send_amqp.py"]))
        until(lambda: Reading.objects.count() == 3, what="three readings are stored")


def test_new_sensor_of_somebody_else_tells_nothing(
    address: str, charlie: User, meter: Sensor, open_session: OpenSession
) -> None:
    page = open_session(address, charlie.email).new_page()
    answer = page.goto(f"{address}/sensors/{meter.uuid}/")
    assert answer is not None
    assert answer.status == 404
