"""A page that hears nothing shows what it knew as of then, and counts no meter as live."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page

from accounts.models import User
from devices.models import Sensor
from monitoring.models import SensorState
from tests.conftest import make_sensor
from tests.e2e.conftest import LogIn
from tests.e2e.test_live_pages import store
from tests.servers import free_port, web_server

pytestmark = pytest.mark.django_db(transaction=True)

READ_COLOURS = """selectors => selectors
    .map(selector => getComputedStyle(document.querySelector(selector)))
    .map(style => style.fill === "rgb(0, 0, 0)" ? style.color : style.fill)"""


@pytest.fixture
def server() -> Iterator[tuple[str, ExitStack]]:
    """A web server that the test may end before its time."""
    with ExitStack() as stack:
        yield stack.enter_context(web_server(free_port())), stack


def cut_off(page: Page, stack: ExitStack) -> None:
    stack.close()
    page.wait_for_selector("body[data-live=offline]", timeout=60_000)


def test_overview_says_as_of_when_and_counts_none_as_live(
    server: tuple[str, ExitStack], alice: User, meter: Sensor, log_in: LogIn
) -> None:
    store(meter, (-600, 100.0), (-300, 100.2))
    address, stack = server
    page = log_in(address, alice.email)
    selectors = ["[data-power-of-all]", "td[data-field=power]"]
    live = page.evaluate(READ_COLOURS, selectors)
    assert page.is_visible("text=1 of 1 meters is live")
    assert page.is_hidden(".while-offline >> nth=0")
    cut_off(page, stack)
    assert page.is_hidden("text=1 of 1 meters is live")
    assert page.is_visible("text=No meter is live while this page is offline.")
    at = page.locator("#now time")
    assert page.is_visible("#now >> text=Power as of")
    known = datetime.fromisoformat(at.get_attribute("datetime") or "")
    newest = SensorState.objects.get().measured_at
    assert newest
    assert abs(known - newest) < timedelta(seconds=1)
    assert at.inner_text() in (f"{known:%H:%M}", f"{known:%-d %b, %H:%M}")  # near midnight
    assert page.evaluate(READ_COLOURS, selectors) != live
    assert "2.40" in page.inner_text("[data-power-of-all]")


def test_state_of_a_meter_fades_and_nobody_blames_the_meter(
    server: tuple[str, ExitStack], alice: User, meter: Sensor, log_in: LogIn
) -> None:
    make_sensor(meter.device, "Heat pump")
    store(meter, (-600, 100.0), (-300, 100.5))
    address, stack = server
    page = log_in(address, alice.email)
    page.clock.install()
    page.goto(f"{address}{meter.device.get_absolute_url()}")
    page.wait_for_selector("body[data-live=online]")
    place = f"[data-sensor='{meter.uuid}']"
    selectors = [f"{place} .power", f"{place} .meter-fill", f"{place} [data-field=over]"]
    red = page.evaluate(READ_COLOURS, selectors)
    assert len(set(red)) == 1
    stack.close()
    for _ in range(8):
        page.clock.run_for(1000)
    page.wait_for_selector("body[data-live=offline]")
    assert red[0] not in page.evaluate(READ_COLOURS, selectors)
    assert page.is_visible("text=Power as of")
    page.clock.run_for(2 * 3_600_000)
    assert page.is_hidden(f"{place} >> text=Silent")
    assert "6.00" in page.inner_text(f"{place} .power")
    assert "2 hours ago" in page.inner_text(f"{place} [data-field=at]")
