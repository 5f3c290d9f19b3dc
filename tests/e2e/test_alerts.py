"""The pages of alerts and the fleet in Chromium: buttons, browser notifications, no errors."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.ingest.store import store_batch
from monitoring.models import Notification
from monitoring.notifications.hints import send_hints
from monitoring.rules.instants import to_us
from monitoring.rules.readings import Reading, Readings
from tests.admin.conftest import quarantine
from tests.conftest import PASSWORD, Store, make_sensor
from tests.e2e.conftest import LogIn, save_screenshot

MINUTE = timedelta(minutes=1)
DAY = 24 * 60  # minutes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _peaks(meter: Sensor, store: Store) -> None:
    """Alice has two of her meter's, a day apart."""
    store(meter, (-20, 0.0), (-10, 0.3), (0, 1.8), (10, 2.0))
    store(meter, (DAY, 3.0), (DAY + 10, 5.0), (DAY + 20, 5.3))


def complaints_of(page: Page) -> list[str]:
    """What the browser complains of from now on: a blocked script or style, an error."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def test_alert_is_looked_at_and_acknowledged(address: str, log_in: LogIn, alice: User) -> None:
    page = log_in(address, alice.email)
    complaints = complaints_of(page)
    page.goto(f"{address}/alerts/")
    save_screenshot(page, "alerts")
    page.locator("#notifications > li").nth(1).get_by_role("link").click()
    page.wait_for_url("**/alerts/1/")
    assert "Power around the peak" in page.locator("main").inner_text()
    save_screenshot(page, "alert")
    page.get_by_role("button", name="Acknowledge").click()
    page.wait_for_selector("text=Acknowledged on")
    assert Notification.objects.get(seq=1).acknowledged_at is not None
    assert page.title().startswith("(1) ")
    page.goto(f"{address}/alerts/?show=unacknowledged")
    assert page.locator("#notifications > li").count() == 1
    page.get_by_role("button", name="Mark all as read").click()
    page.wait_for_url("**/alerts/?show=unacknowledged")
    assert not page.title().startswith("(")
    assert not complaints


def test_filter_works_on_a_phone(address: str, log_in: LogIn, alice: User) -> None:
    page = log_in(address, alice.email)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{address}/alerts/")
    page.get_by_text("Filter", exact=True).click()
    save_screenshot(page, "alerts-phone")
    page.get_by_label("Show").select_option("unread")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**/alerts/?show=unread**")
    assert page.locator("#notifications > li").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


RECORD_NOTIFICATIONS = """
  window.shown = [];
  class Recorded extends EventTarget {
    static permission = "default";
    static async requestPermission() { return (Recorded.permission = "granted"); }
    constructor(title, options) { super(); window.shown.push({title, ...options}); }
  }
  window.Notification = Recorded;
"""
HIDE = "Object.defineProperty(document, 'hidden', {get: () => true})"
PEAK = """document.dispatchEvent(new CustomEvent("peak", {detail: {
  seq: 7, device: "Flat", sensor: "Main meter", power_kw: 6.5, limit_kw: 4}}))"""


def shown(page: Page) -> Any:
    """The browser's notifications, once the visible tabs have had time to say what they showed."""
    return page.evaluate("new Promise(done => setTimeout(() => done(shown), 400))")


def test_browser_shows_a_peak_while_the_page_is_hidden(
    address: str, log_in: LogIn, alice: User
) -> None:
    page = log_in(address, alice.email)
    page.add_init_script(RECORD_NOTIFICATIONS)
    page.goto(f"{address}/alerts/settings/")
    save_screenshot(page, "alert-settings")
    page.evaluate(HIDE)
    page.evaluate(PEAK)
    assert shown(page) == []  # nobody has asked for them
    page.get_by_role("button", name="Turn on notifications").click()
    page.wait_for_selector("text=Notifications are on in this browser.")
    page.evaluate(PEAK)
    assert shown(page) == [
        {
            "title": "Flat · Main meter",
            "body": "6.5\N{NO-BREAK SPACE}kW > 4\N{NO-BREAK SPACE}kW",
            "tag": "energy-peak-7",
            "lang": "en",
        }
    ]
    page.get_by_role("button", name="Turn off notifications").click()
    page.evaluate(PEAK)
    assert len(shown(page)) == 1


def test_visible_page_shows_the_toast_only(address: str, log_in: LogIn, alice: User) -> None:
    page = log_in(address, alice.email)
    page.add_init_script(RECORD_NOTIFICATIONS)
    page.goto(f"{address}/alerts/settings/")
    page.get_by_role("button", name="Turn on notifications").click()
    page.wait_for_selector("text=Notifications are on in this browser.")
    page.evaluate(PEAK)
    assert shown(page) == []


def test_hidden_tab_shows_nothing_that_a_visible_one_has_shown(
    address: str, log_in: LogIn, alice: User
) -> None:
    visible = log_in(address, alice.email)
    visible.goto(f"{address}/alerts/settings/")
    hidden = visible.context.new_page()
    hidden.add_init_script(RECORD_NOTIFICATIONS)
    hidden.goto(f"{address}/alerts/settings/")
    hidden.get_by_role("button", name="Turn on notifications").click()
    hidden.wait_for_selector("text=Notifications are on in this browser.")
    hidden.evaluate(HIDE)
    hidden.evaluate(PEAK)
    visible.evaluate(PEAK)
    assert shown(hidden) == []
    hidden.evaluate(PEAK.replace("seq: 7", "seq: 8"))
    assert [one["tag"] for one in shown(hidden)] == ["energy-peak-8"]


def test_fleet_page_releases(address: str, browser: Browser, administrator: User) -> None:
    entry = quarantine(b'{"timestamp": "2026-03-10"}')
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        page.goto(f"{address}/admin/login/?next=/admin/")
        page.fill("input[name=username]", administrator.email)
        page.fill("input[name=password]", PASSWORD)
        page.click("[type=submit]")
        page.wait_for_url("**/admin/")
        _release_on_the_fleet_page(page, entry.pk)


def _release_on_the_fleet_page(page: Page, entry_id: int) -> None:
    complaints = complaints_of(page)
    page.clock.install()
    page.get_by_role("link", name="Fleet").click()
    page.wait_for_url("**/admin/")
    save_screenshot(page, "fleet")
    _refresh_the_fleet_page(page, entry_id)
    page.get_by_role("button", name=f"Release {entry_id}").click()
    page.wait_for_selector("text=1 back in quarantine")
    assert not complaints


def _refresh_the_fleet_page(page: Page, entry_id: int) -> None:
    """Every half a minute, but not the part at whose buttons the pointer is: they would move."""
    page.evaluate("document.querySelectorAll('[data-fresh]').forEach(x => x.dataset.old = '')")
    page.get_by_role("button", name=f"Discard {entry_id}").hover()
    page.clock.fast_forward(31_000)
    page.wait_for_selector("#servers:not([data-old])")
    assert page.locator("#quarantine[data-old]").count() == 1
    page.mouse.move(1, 1)
    page.clock.fast_forward(31_000)
    page.wait_for_selector("#quarantine:not([data-old])")


def test_backlog_is_one_toast_that_counts_up_and_opens_its_list(
    address: str, log_in: LogIn, alice: User, flat: Device
) -> None:
    page = log_in(address, alice.email)
    complaints = complaints_of(page)
    page.evaluate("document.addEventListener('peak', () => (window.told = true))")
    now, pump = datetime.now(UTC), make_sensor(flat, "Heat pump")
    store_backlog(pump, now, days=range(400, 200, -1))
    toast = page.locator(".toast.is-older")
    toast.wait_for()
    toast.get_by_text("200", exact=True).wait_for()
    store_backlog(pump, now, days=range(200, 88, -1))
    toast.get_by_text("312", exact=True).wait_for()
    save_screenshot(page, "older-toast")
    assert page.locator(".toast").count() == 1
    assert page.evaluate("window.told") is None  # the browser shows nothing of it
    toast.get_by_role("link").click()
    page.wait_for_url("**/alerts/groups/*/")
    assert "312 older peaks" in page.locator("main").inner_text()
    assert page.locator("main .rows .row").count() == 50
    save_screenshot(page, "older-alerts")
    page.get_by_role("link", name="Older", exact=False).click()
    page.wait_for_url("**?before=*")
    assert page.locator("main .rows .row").count() == 50
    assert not complaints


def test_group_on_the_open_list_counts_up_and_opens(
    address: str, log_in: LogIn, alice: User, meter: Sensor
) -> None:
    page = log_in(address, alice.email)
    page.goto(f"{address}/alerts/")
    page.wait_for_selector("body[data-live=online]")
    now = datetime.now(UTC)
    begin = now - timedelta(minutes=40)
    store_at(meter, (begin, 100.0), (begin + 5 * MINUTE, 101.0), now=now)
    page.wait_for_selector("#notifications > li:first-child >> text=12.00")
    store_at(meter, (begin + 10 * MINUTE, 101.0), (begin + 15 * MINUTE, 103.0), now=now)
    card = page.locator("#notifications > li:first-child")
    card.get_by_text("2 peaks").wait_for()
    assert "24.00" in card.inner_text()
    save_screenshot(page, "alerts-grouped")
    card.get_by_role("button", name="Acknowledge").click()
    page.wait_for_selector("#notifications > li:first-child >> text=Acknowledged")
    page.locator("#notifications > li:first-child").get_by_role("link").click()
    page.wait_for_url("**/alerts/groups/*/")
    assert page.locator("main .rows .row").count() == 2
    save_screenshot(page, "alert-group")


def store_backlog(meter: Sensor, now: datetime, *, days: range) -> None:
    """An hour of 6 kW on each of the days ago."""
    values = []
    for day in days:
        begin, register = now - timedelta(days=day), 6.0 * (400 - day) + 50
        values += [(begin, register), (begin + timedelta(hours=1), register + 6)]
    store_at(meter, *values, now=now)


def store_at(meter: Sensor, *values: tuple[datetime, float], now: datetime) -> None:
    readings = (Reading(str(meter.uuid), to_us(at), kwh) for at, kwh in values)
    stored = store_batch(Readings.of(readings), now=now)
    send_hints(stored.notified_user_ids)
