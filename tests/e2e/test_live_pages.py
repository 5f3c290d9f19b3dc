"""Open pages: power as it arrives, two tabs, a web server that restarts."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page

from accounts.models import User
from devices.models import Sensor
from monitoring.ingest.store import store_batch
from monitoring.models import Notification
from monitoring.notifications.hints import HintSender
from monitoring.rules.instants import to_us
from monitoring.rules.readings import Reading, Readings
from tests.conftest import make_device, make_sensor
from tests.e2e.conftest import LogIn
from tests.servers import free_port, web_server

pytestmark = pytest.mark.django_db(transaction=True)


def store(sensor: Sensor, *values: tuple[float, float]) -> None:
    """``(seconds from now, kWh)``, stored as the worker does it; the open pages get a hint."""
    now = datetime.now(UTC)
    stored = store_batch(
        Readings.of(
            Reading(str(sensor.uuid), to_us(now + timedelta(seconds=seconds)), energy_kwh)
            for seconds, energy_kwh in values
        ),
        now=now,
    )
    hints = HintSender()
    hints.start()
    hints.send(stored.notified_user_ids)
    hints.stop()


def test_power_now_follows_the_readings_without_a_reload(
    address: str, alice: User, meter: Sensor, log_in: LogIn
) -> None:
    other = make_sensor(meter.device, "Heat pump")
    store(meter, (-600, 100.0), (-300, 100.1))
    store(other, (-600, 50.0), (-300, 50.05))
    page = log_in(address, alice.email)
    page.evaluate("window.isSamePage = true")
    page.wait_for_selector("[data-power-of-all] >> text=1.80")
    store(meter, (-1, 100.35))
    page.wait_for_selector("[data-power-of-all]:not(:has-text('1.80'))")
    shown = page.inner_text("[data-power-of-all]")
    assert 2.5 < float(shown.split()[0]) < 3.7  # 0.25 kWh since the last reading, and 0.6 kW
    assert page.inner_text("td[data-field=power]") == shown
    assert page.evaluate("window.isSamePage")


def test_curve_of_the_last_hour_grows_and_state_follows(
    address: str, alice: User, meter: Sensor, log_in: LogIn
) -> None:
    store(meter, (-600, 100.0), (-300, 100.1))
    page = log_in(address, alice.email)
    page.goto(f"{address}/sensors/{meter.uuid}/")
    page.wait_for_selector("figure[data-drawn]")
    canvas = page.locator(".live-card .chart-canvas")
    before = canvas.screenshot()
    store(meter, (-1, 100.5))
    page.wait_for_selector(".live-card .chart-canvas[data-newest]")
    page.wait_for_selector(".power.over")
    assert page.is_visible(".live-card >> text=Above the limit")
    assert "100.50" in page.inner_text(".live-card [data-field=energy]")
    page.wait_for_timeout(500)  # the drawing itself tells nobody when it is done
    assert canvas.screenshot() != before


def test_peak_is_marked_on_the_curve_and_listed(
    address: str, alice: User, meter: Sensor, log_in: LogIn
) -> None:
    other = make_sensor(meter.device, "Heat pump")
    store(meter, (-900, 100.0), (-600, 100.1))
    store(other, (-900, 50.0), (-600, 50.1))
    page = log_in(address, alice.email)
    page.goto(f"{address}{meter.device.get_absolute_url()}")
    assert page.is_visible("text=No peaks yet")
    page.wait_for_selector(".live-card figure[data-drawn]")
    assert page.inner_text(".line-legend").split() == ["Heat", "pump", "Main", "meter"]
    store(meter, (-1, 102.0))
    page.wait_for_selector(".live-card .chart-canvas[data-newest][data-newest-peak='1']")
    row = page.locator("[data-peaks-of] > [data-seq='1']")
    assert "Main meter" in row.inner_text()
    assert row.get_by_role("link").get_attribute("href") == "/alerts/1/"
    assert page.is_hidden("text=No peaks yet")


def test_meter_that_falls_silent_has_no_power_now(
    address: str, alice: User, meter: Sensor, log_in: LogIn
) -> None:
    store(meter, (-600, 100.0), (-300, 100.1))
    page = log_in(address, alice.email)
    page.clock.install()
    page.goto(f"{address}{meter.device.get_absolute_url()}")
    page.wait_for_selector("body[data-live=online]")
    assert "1.20" in page.inner_text("[data-power-of-all]")
    assert page.is_hidden("text=no reading for over an hour")
    page.clock.fast_forward(3_600_000)
    page.wait_for_selector("text=no reading for over an hour")
    assert page.inner_text(".sensor-state .power") == "–"
    assert page.is_hidden(".sensor-state .meter")
    page.wait_for_selector("[data-power-of-all] >> text=–")


def test_meter_that_was_silent_comes_alive_on_the_open_page(
    address: str, alice: User, meter: Sensor, log_in: LogIn
) -> None:
    store(meter, (-7300, 100.0), (-7200, 100.1))
    page = log_in(address, alice.email)
    page.goto(f"{address}/devices/")
    assert page.is_visible("text=Silent")
    store(meter, (-1, 100.2))
    page.wait_for_selector("text=Silent", state="hidden")
    assert page.is_visible("text=% of the 4")


def test_meter_that_is_deactivated_has_no_power_on_the_open_page(
    address: str, alice: User, meter: Sensor, log_in: LogIn
) -> None:
    store(meter, (-600, 100.0), (-300, 100.5))
    page = log_in(address, alice.email)
    page.goto(f"{address}{meter.device.get_absolute_url()}")
    page.wait_for_selector(".power.over >> text=6.00")
    Sensor.objects.update(is_active=False)
    page.wait_for_selector("text=its readings are not stored")
    page.wait_for_selector("[data-power-of-all] >> text=–")
    assert page.inner_text(".sensor-state .power") == "–"
    assert page.is_hidden(".sensor-state >> text=Above the limit")
    assert page.is_hidden(".sensor-state .meter")
    Sensor.objects.update(is_active=True)
    page.wait_for_selector("[data-power-of-all] >> text=6.00")
    assert page.is_visible(".sensor-state >> text=Above the limit")
    assert page.is_hidden("text=its readings are not stored")


def test_page_says_that_it_is_offline_and_gets_what_it_missed_once(
    alice: User, meter: Sensor, log_in: LogIn
) -> None:
    port = free_port()
    with web_server(port) as address:
        page = log_in(address, alice.email)
        assert page.is_visible(".live-indicator >> text=Live")
        store(meter, (-600, 100.0), (-300, 101.0))
        page.wait_for_selector(".toast[data-seq='1']")
    page.wait_for_selector("body[data-live=offline]")
    assert page.is_visible("text=Offline – live alerts paused")
    store(meter, (-200, 101.0), (-100, 102.0))
    with web_server(port):
        page.wait_for_selector(".toast[data-seq='2']", timeout=60_000)
        page.wait_for_selector("body[data-live=online]")
        assert page.is_hidden("text=Offline – live alerts paused")
        assert page.locator(".toast[data-seq='1']").count() <= 1
        assert page.locator(".toast[data-seq='2']").count() == 1
        assert page.inner_text("#unread-count") == "2"


def test_page_that_was_cut_off_says_so_when_its_session_has_ended(
    alice: User, meter: Sensor, log_in: LogIn
) -> None:
    port = free_port()
    with web_server(port) as address:
        page = log_in(address, alice.email)
    page.wait_for_selector("body[data-live=offline]")
    Session.objects.all().delete()
    with web_server(port):
        page.wait_for_selector("#live-state >> text=You are logged out.", timeout=60_000)
        assert page.is_visible("#live-state >> text=Log in again")
        assert page.is_hidden("text=Offline – live alerts paused")


def test_peak_is_announced_to_screen_readers(
    address: str, alice: User, meter: Sensor, log_in: LogIn
) -> None:
    page = log_in(address, alice.email)
    store(meter, (-600, 100.0), (-300, 101.0))
    page.wait_for_selector("[aria-live=assertive] .toast")
    assert "12.00" in page.inner_text("[aria-live=assertive]")
    page.click(".toast a")
    page.wait_for_url(f"{address}/alerts/1/")
    assert page.locator(".toast").count() == 0  # it was told


def open_tab(page: Page, url: str) -> Page:
    tab = page.context.new_page()
    tab.goto(url)
    tab.wait_for_selector("body[data-live=online]")
    return tab


def test_two_tabs_agree_on_what_was_dismissed_and_read(
    address: str, alice: User, meter: Sensor, log_in: LogIn
) -> None:
    first = log_in(address, alice.email)
    second = open_tab(first, f"{address}/devices/")
    store(meter, (-600, 100.0), (-300, 101.0))
    for tab in (first, second):
        tab.wait_for_selector(".toast[data-seq='1']")
        assert tab.inner_text("#unread-count") == "1"
    first.click(".toast .dismiss")
    second.wait_for_selector(".toast", state="detached")
    first.goto(f"{address}/alerts/")
    first.click("text=Mark all as read")
    second.wait_for_selector("#unread-count", state="hidden")
    assert not second.title().startswith("(")
    assert not Notification.objects.filter(read_at__isnull=True).exists()


def test_two_users_side_by_side_each_see_their_own(
    address: str, alice: User, charlie: User, meter: Sensor, log_in: LogIn
) -> None:
    theirs = make_sensor(make_device(charlie, "House"), "Wall box")
    alices, charlies = log_in(address, alice.email), log_in(address, charlie.email)
    started = time.monotonic()
    store(theirs, (-600, 10.0), (-300, 11.0))
    charlies.wait_for_selector(".toast >> text=Wall box")
    store(meter, (-600, 100.0), (-300, 101.0))
    alices.wait_for_selector(".toast >> text=Main meter")
    assert time.monotonic() - started < 60
    assert alices.locator(".toast").count() == 1
    assert charlies.locator(".toast").count() == 1
    assert "Wall box" not in alices.content()
