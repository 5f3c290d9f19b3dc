"""The open overview: what it says of meters that fall silent, speak again, or go over the limit."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from devices.models import Sensor
from monitoring.models import SensorState
from tests.conftest import make_sensor
from tests.e2e.conftest import LogIn
from tests.e2e.sockets import take_socket
from tests.e2e.test_live_pages import store

pytestmark = pytest.mark.django_db(transaction=True)

BADGES = "#device-rows .badge:not([hidden])"


def test_meter_that_speaks_again_counts_as_live(
    address: str, alice: User, meter: Sensor, log_in: LogIn
) -> None:
    store(meter, (-7300, 100.0), (-7200, 100.1))
    store(make_sensor(meter.device, "Heat pump"), (-600, 50.0), (-300, 50.1))
    page = log_in(address, alice.email)
    assert page.inner_text("#live-count") == "1 of 2 meters is live"
    assert page.is_visible("text=1 meter has gone silent")
    assert page.inner_text(BADGES) == "1 of 2 silent"
    page.evaluate("window.isSamePage = true")
    store(meter, (-1, 100.2))
    page.wait_for_selector("text=2 of 2 meters are live")
    assert page.is_hidden("#silent-meters")
    assert page.locator(BADGES).count() == 0
    assert page.evaluate("window.isSamePage")


def test_meter_that_falls_silent_is_named(
    address: str, alice: User, meter: Sensor, log_in: LogIn
) -> None:
    store(meter, (-600, 100.0), (-300, 100.1))
    page = log_in(address, alice.email)
    take_socket(page)  # says nothing: the page has to notice by its clock
    page.clock.install()
    page.goto(address)
    assert page.inner_text("#live-count") == "1 of 1 meters is live"
    assert page.is_hidden("#silent-meters")
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1, minutes=5)
    SensorState.objects.update(measured_at=an_hour_ago)
    page.clock.fast_forward(3_600_000)
    page.wait_for_selector("[data-power-of-all] >> text=–")
    page.clock.fast_forward(10_000)
    page.wait_for_selector("text=1 meter has gone silent")
    assert page.inner_text("#live-count") == "0 of 1 meters are live"


def test_keyboard_keeps_its_place_while_a_meter_speaks_again(
    address: str, alice: User, meter: Sensor, log_in: LogIn
) -> None:
    store(meter, (-7300, 100.0), (-7200, 100.1))
    page = log_in(address, alice.email)
    page.focus("#device-rows a")
    store(meter, (-1, 100.2))
    page.wait_for_selector("text=1 of 1 meters is live")
    assert page.evaluate("document.activeElement.closest('#device-rows') !== null")


def test_meter_above_its_limit_is_marked_until_it_is_not(
    address: str, alice: User, meter: Sensor, log_in: LogIn
) -> None:
    store(meter, (-1000, 100.0), (-600, 100.1))
    page = log_in(address, alice.email)
    assert page.locator(BADGES).count() == 0
    store(meter, (-300, 101.1))
    page.wait_for_selector("#device-rows >> text=Above the limit")
    store(meter, (-1, 101.2))
    page.wait_for_selector("#device-rows >> text=Above the limit", state="hidden")


def test_peak_is_listed_among_the_unread(
    address: str, alice: User, meter: Sensor, log_in: LogIn
) -> None:
    store(meter, (-600, 100.0), (-300, 100.1))
    page = log_in(address, alice.email)
    assert page.is_hidden("#unread-alerts")
    store(meter, (-1, 101.0))
    page.wait_for_selector("#unread-alerts >> text=Flat · Main meter")
    assert page.locator("#unread-alerts .rows a").get_attribute("href") == "/alerts/1/"
