"""The connection of an open page: that a dead one is noticed, and that nothing comes twice."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, WebSocketRoute

from accounts.models import User
from devices.models import Sensor
from tests.conftest import PASSWORD
from tests.e2e.conftest import LogIn
from tests.e2e.sockets import give_socket_back, rewrite, send_peak, take_socket
from tests.e2e.test_live_pages import store
from tests.e2e.visits import log_in_context

pytestmark = pytest.mark.django_db(transaction=True)

LOGGED_OUT = 4401
COME_BACK = "document.dispatchEvent(new Event('visibilitychange'))"


def open_devices(
    address: str, user: User, log_in: LogIn, query: str = ""
) -> tuple[Page, list[WebSocketRoute]]:
    """A live page whose socket is in the test's hands, and its connections."""
    page = log_in(address, user.email)
    connections = take_socket(page)
    page.goto(f"{address}/devices/{query}")
    page.wait_for_selector("body[data-live=online]")
    return page, connections


def test_back_shows_no_alert_again_and_the_page_as_it_is_now(
    address: str, alice: User, meter: Sensor, log_in: LogIn
) -> None:
    page = log_in(address, alice.email)
    page.goto(f"{address}/alerts/")
    page.wait_for_selector("body[data-live=online]")
    store(meter, (-600, 100.0), (-300, 101.0))
    page.wait_for_selector(".toast")
    page.click(".site-nav >> text=Devices")
    page.wait_for_url("**/devices/")
    page.go_back()
    page.wait_for_selector("body[data-live=online]")
    assert page.locator("#notifications > [data-seq='1']").count() == 1
    assert page.inner_text("#unread-count") == "1"
    assert page.locator(".toast").count() == 0


def test_page_that_is_older_than_what_the_tab_has_shown_repeats_nothing(
    address: str, alice: User, meter: Sensor, log_in: LogIn
) -> None:
    page = log_in(address, alice.email)
    store(meter, (-600, 100.0), (-300, 101.0))
    page.wait_for_selector(".toast")
    rewrite(page, "**/alerts/", 'data-after="1"', 'data-after="0"')
    connections = take_socket(page)
    page.goto(f"{address}/alerts/")
    page.wait_for_selector("body[data-live=online]")
    send_peak(connections[0], 1)
    send_peak(connections[0], 2)
    page.wait_for_selector(".toast[data-seq='2']")
    assert page.locator(".toast").count() == 1
    assert page.locator("#notifications > [data-seq='1']").count() == 1
    assert page.inner_text("#unread-count") == "2"


def test_silent_connection_is_given_up(address: str, alice: User, log_in: LogIn) -> None:
    page = log_in(address, alice.email)
    connections = take_socket(page)
    page.clock.install()
    page.goto(f"{address}/devices/")
    page.wait_for_selector("body[data-live=online]")
    page.clock.fast_forward(30_000)
    connections[0].send('{"type": "alive"}')
    page.wait_for_timeout(200)
    page.clock.fast_forward(30_000)
    assert page.get_attribute("body", "data-live") == "online"
    page.clock.fast_forward(15_000)
    page.wait_for_selector("body[data-live=connecting]")
    page.clock.fast_forward(1_000)
    page.wait_for_selector("body[data-live=online]")
    assert len(connections) == 2


def test_browser_without_a_network_says_so_at_once(
    address: str, alice: User, log_in: LogIn
) -> None:
    page, _ = open_devices(address, alice, log_in)
    at_once = "dispatchEvent(new Event('offline')), document.body.dataset.live"
    assert page.evaluate(at_once) == "connecting"
    page.wait_for_selector("body[data-live=online]")


def test_page_goes_on_when_its_session_gave_way_to_another_and_says_when_none_holds(
    address: str, alice: User, log_in: LogIn
) -> None:
    page, connections = open_devices(address, alice, log_in, "?q=flat")
    connections[0].close(code=LOGGED_OUT)  # as after a change of password in another tab
    page.wait_for_selector("body[data-live=connecting]")
    page.wait_for_selector("body[data-live=online]")
    Session.objects.all().delete()
    connections[1].close(code=LOGGED_OUT)
    page.wait_for_selector("#live-state >> text=You are logged out.")
    link = page.get_by_role("link", name="Log in again")
    assert link.get_attribute("href") == "/accounts/login/?next=/devices/%3Fq%3Dflat"
    log_in_context(page.context, address, alice.email, PASSWORD)
    page.evaluate(COME_BACK)
    page.wait_for_selector("body[data-live=online]")
    assert page.is_hidden("text=You are logged out.")


def test_page_of_one_user_does_not_go_on_as_another(
    address: str, alice: User, charlie: User, log_in: LogIn
) -> None:
    page, connections = open_devices(address, alice, log_in)
    page.context.clear_cookies()
    log_in_context(page.context, address, charlie.email, PASSWORD)
    give_socket_back(page)
    connections[0].close()
    page.wait_for_selector("#live-state >> text=You are logged out.")


def test_many_at_once_are_three_toasts_and_a_count_without_what_was_read_elsewhere(
    address: str, alice: User, log_in: LogIn
) -> None:
    page, connections = open_devices(address, alice, log_in)
    send_peak(connections[0], 1, is_read=True, unread_count=5)
    for seq in range(2, 7):
        send_peak(connections[0], seq, unread_count=5)
    page.wait_for_selector("text=More alerts: 2")
    seqs = page.locator(".toast[data-seq]").evaluate_all("all => all.map(one => one.dataset.seq)")
    assert seqs == ["4", "3", "2"]
    assert page.inner_text("#unread-count") == "5"
    # What lies between them belongs to the page; a button that goes hands the focus on.
    assert (
        page.evaluate("getComputedStyle(document.getElementById('toasts')).pointerEvents") == "none"
    )
    page.locator(".toast .dismiss").first.focus()
    for left in (3, 2, 1):
        page.keyboard.press("Enter")
        assert page.locator(".toast").count() == left
        assert page.evaluate("document.activeElement.className") == "dismiss"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_count_that_another_tab_told_holds_for_what_it_counted(
    address: str, alice: User, log_in: LogIn
) -> None:
    page, connections = open_devices(address, alice, log_in)
    send_peak(connections[0], 1)
    page.wait_for_selector(".toast[data-seq='1']")
    other = page.context.new_page()
    other.goto(f"{address}/healthz")
    tell = f"new BroadcastChannel('energy-{alice.pk}').postMessage"
    other.evaluate(f"{tell}({{type: 'loaded', after: 2, unread: 0}})")
    page.wait_for_selector("#unread-count", state="hidden")
    send_peak(connections[0], 2)  # sent before it was read there, and late
    page.wait_for_selector(".toast[data-seq='2']")
    assert page.is_hidden("#unread-count")
    send_peak(connections[0], 3, unread_count=1)
    page.wait_for_selector("#unread-count >> text=1")


def test_page_watches_no_more_than_it_may(address: str, alice: User, log_in: LogIn) -> None:
    page = log_in(address, alice.email)
    watched = page.evaluate("""async () => {
        for (let number = 0; number < 1100; number += 1) {
            const place = document.createElement("p");
            place.dataset.sensor = number;
            document.body.append(place);
        }
        return (await import("/static/energy/power.js")).getWatched();
    }""")
    assert watched == [str(number) for number in range(1000)]


def test_zone_that_the_browser_does_not_know_leaves_it_its_own(
    address: str, alice: User, log_in: LogIn
) -> None:
    page = log_in(address, alice.email)
    take_socket(page)
    rewrite(page, "**/alerts/", 'data-time-zone="UTC"', 'data-time-zone="Mars/Olympus"')
    page.goto(f"{address}/alerts/")
    page.wait_for_selector("body[data-live=online]")
    day = page.evaluate("""async () => {
        const { formatDay } = await import("/static/energy/locale.js");
        return formatDay(new Date("2026-03-10T12:00Z"));
    }""")
    assert day == "10 Mar"
