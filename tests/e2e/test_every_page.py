"""What holds for every page: accessible, inside the screen, within the site's policy; no errors."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page

from energy.demo.household import PASSWORD as DEMO_PASSWORD
from energy.demo.seed import seed_demo
from tests.conftest import PASSWORD
from tests.e2e.pages import ALICE, EMPTY, MANY, NEW, list_pages, list_public_pages
from tests.e2e.pictures import get_now, make_people
from tests.e2e.visits import log_in_context, open_whole
from tests.servers import ROOT, web_server

pytestmark = pytest.mark.django_db(transaction=True)

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
NARROWEST = 360
WIDEST = 1920


@pytest.fixture
def site(transactional_db: None) -> Iterator[str]:
    """The platform with its people: the demo's, nobody's devices, a hundred devices."""
    now = get_now()
    seed_demo(now=now)
    make_people(now)
    with web_server() as address:
        yield address


NewContext = Callable[..., BrowserContext]


@pytest.fixture
def new_context(browser: Browser) -> Iterator[NewContext]:
    """A browser session, perhaps logged in as ``email``."""
    contexts = []

    def make(address: str, email: str | None = None, **options: Any) -> BrowserContext:
        context = browser.new_context(**options)
        contexts.append(context)
        if email:
            password = DEMO_PASSWORD if email == ALICE else PASSWORD
            log_in_context(context, address, email, password)
        return context

    yield make
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(site: str, new_context: NewContext, scheme: str) -> None:
    found = []
    visits = [
        (None, list_public_pages()),
        (ALICE, list_pages(ALICE)),
        (MANY, {"many-overview": "/", "many-devices": "/devices/", "many-alerts": "/alerts/"}),
        (EMPTY, {"empty-overview": "/", "empty-alerts": "/alerts/", "empty-devices": "/devices/"}),
        (NEW, {"new-overview": "/"}),
    ]
    for email, pages in visits:
        context = new_context(site, email, bypass_csp=True, color_scheme=scheme)
        for name, path in pages.items():
            page = context.new_page()
            open_whole(page, site + path)
            page.add_script_tag(path=AXE)
            violations = page.evaluate("axe.run().then(result => result.violations)")
            found += [
                f"{name}: {violation['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
                for violation in violations
                for node in violation["nodes"]
            ]
            page.close()
    assert found == []


def note_complaints(page: Page, label: str, told: list[str]) -> None:
    """Adds what the browser complains of: breaches of the policy, errors of scripts."""

    def on_console(message: ConsoleMessage) -> None:
        is_told = message.type in ("error", "warning") and "404" not in message.text
        if is_told:
            told.append(f"{label}: {message.text}")

    def on_error(error: Error) -> None:
        told.append(f"{label}: {error}")

    page.on("console", on_console)
    page.on("pageerror", on_error)


def test_no_page_breaks_the_policy_has_errors_or_is_wider_than_the_screen(
    site: str, new_context: NewContext
) -> None:
    told: list[str] = []
    for email in (ALICE, MANY):
        for width in (NARROWEST, WIDEST):
            context = new_context(site, email, viewport={"width": width, "height": 800})
            for name, path in list_pages(email).items():
                page = context.new_page()
                label = f"{name} of {email} at {width}"
                note_complaints(page, label, told)
                open_whole(page, site + path)
                wide = page.evaluate("document.documentElement.scrollWidth")
                if wide > width:
                    told.append(f"{label}: {wide} wide")
                page.close()
    assert told == []


def test_targets_on_a_phone_are_large_enough(site: str, new_context: NewContext) -> None:
    context = new_context(site, ALICE, viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(site)
    for selector in (".site-nav a", ".site-tools button"):
        for target in page.query_selector_all(selector):
            box = target.bounding_box()
            assert box is not None
            assert box["height"] >= 44
            assert box["width"] >= 44


def test_pages_work_without_scripts(site: str, new_context: NewContext) -> None:
    context = new_context(site, MANY, java_script_enabled=False)
    page = context.new_page()
    page.goto(site)
    assert "meters are live" in page.inner_text("main")
    page.click(".site-nav >> text=Alerts")
    page.click("text=Mark all read")
    assert page.locator(".notification.is-unread").count() == 0
    page.click(".site-nav >> text=Devices")
    page.click(".device-card h2 a >> nth=0")
    page.click(".tabs >> text=Month")
    page.click("summary >> nth=0")
    assert page.is_visible("text=Consumption (kWh)")
    assert not page.is_visible(".chart-canvas >> nth=0")


def test_everything_is_reached_by_keyboard(site: str, new_context: NewContext) -> None:
    page = new_context(site, ALICE).new_page()
    page.goto(site)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_charts_are_drawn_again_when_it_turns_dark(site: str, new_context: NewContext) -> None:
    page = new_context(site, ALICE, color_scheme="light").new_page()
    open_whole(page, site)
    light = page.locator(".chart-canvas").first.screenshot()
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(500)  # the drawing itself tells nobody when it is done
    assert page.locator(".chart-canvas").first.screenshot() != light
