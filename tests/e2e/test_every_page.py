"""What holds for every page: accessible, inside the screen, within the site's policy; no errors."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page
from pytest_django import DjangoDbBlocker

from accounts.models import User
from energy.demo.household import ADMINISTRATOR
from energy.demo.household import PASSWORD as DEMO_PASSWORD
from energy.demo.seed import seed_demo
from monitoring.models import Notification
from monitoring.notifications.emails.choices import make_unsubscribe_token
from tests.admin.conftest import quarantine
from tests.conftest import PASSWORD
from tests.e2e.pages import (
    ALICE,
    EMPTY,
    MANY,
    NEW,
    list_pages,
    list_public_pages,
    list_staff_pages,
)
from tests.e2e.pictures import SHORT_PAST, get_now, make_people
from tests.e2e.sockets import send_peak, take_socket
from tests.e2e.visits import log_in_context, open_whole
from tests.emptying import empty_tables
from tests.servers import ROOT

# Nothing is written by the tests themselves: the fixture's rows are there for all of them.
pytestmark = pytest.mark.django_db

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
NARROWEST = 360
WIDEST = 1920


@pytest.fixture(scope="module")
def site(browser: Browser, address: str, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The platform with its people: the demo's, nobody's devices, a hundred devices.

    Once for all of these tests: to make it takes longer than most of them.
    """
    with django_db_blocker.unblock():
        now = get_now()
        seed_demo(now=now, history=SHORT_PAST)
        make_people(now)
        quarantine()
        yield address
        empty_tables(None)


NewContext = Callable[..., BrowserContext]


@pytest.fixture
def new_context(browser: Browser) -> Iterator[NewContext]:
    """A browser session, perhaps logged in as ``email``."""
    contexts = []

    def make(address: str, email: str | None = None, **options: Any) -> BrowserContext:
        context = browser.new_context(**options)
        contexts.append(context)
        if email:
            password = DEMO_PASSWORD if email in (ALICE, ADMINISTRATOR) else PASSWORD
            log_in_context(context, address, email, password)
        return context

    yield make
    for context in contexts:
        context.close()


def test_axe_finds_nothing(site: str, new_context: NewContext) -> None:
    """In the light; and in the dark, where nothing but colours is different."""
    found = []
    visits = [
        (None, list_public_pages()),
        (ALICE, list_pages(ALICE)),
        (MANY, {"many-overview": "/", "many-devices": "/devices/", "many-alerts": "/alerts/"}),
        (EMPTY, {"empty-overview": "/", "empty-alerts": "/alerts/", "empty-devices": "/devices/"}),
        (NEW, {"new-overview": "/", "new-sensor": list_pages(NEW)["sensor"]}),
    ]
    for email, pages in visits:
        context = new_context(site, email, bypass_csp=True, color_scheme="light")
        for name, path in pages.items():
            page = context.new_page()
            open_whole(page, site + path)
            found += find_violations(page, name)
            page.emulate_media(color_scheme="dark")
            found += find_violations(page, f"{name} in the dark", rules=["color-contrast"])
            page.close()
    assert found == []


def find_violations(
    page: Page, name: str, part: str = "html", rules: list[str] | None = None
) -> list[str]:
    """What axe-core says of the page, or a part of it, as it is now; by all its rules, or some."""
    page.add_script_tag(path=AXE)
    run = "([part, only]) => axe.run(part, only).then(result => result.violations)"
    only = {"runOnly": rules} if rules else {}
    violations = page.evaluate(run, [part, only])
    return [
        f"{name}: {violation['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for violation in violations
        for node in violation["nodes"]
    ]


def test_axe_finds_nothing_in_what_a_page_becomes(site: str, new_context: NewContext) -> None:
    # Without motion: a toast that is still fading in has other colours.
    options: dict[str, Any] = {"bypass_csp": True, "reduced_motion": "reduce"}
    page = new_context(site, ALICE, **options).new_page()
    connections = take_socket(page)
    page.goto(f"{site}/alerts/")
    page.wait_for_selector("body[data-live=online]")
    first = Notification.objects.filter(user__email=ALICE).count() + 1
    for seq in range(first, first + 5):
        send_peak(connections[0], seq)
    page.wait_for_selector("text=More alerts: 2")
    found = find_violations(page, "toasts")
    page.goto(f"{site}/accounts/password-change/")
    page.fill("input[name=old_password]", "wrong")
    page.fill("input[name=new_password1]", "short")
    page.fill("input[name=new_password2]", "other")
    page.click("main button[type=submit]")
    page.wait_for_selector(".errorlist")
    found += find_violations(page, "errors")
    page.goto(f"{site}/accounts/profile/")
    page.fill("form[action$='/tokens/'] input[name=name]", "Script")
    page.click("form[action$='/tokens/'] button[type=submit]")
    page.wait_for_selector("main code")
    found += find_violations(page, "new token")
    alice = User.objects.get(email=ALICE)
    page.goto(f"{site}/alerts/unsubscribe/{make_unsubscribe_token(alice.pk)}/")
    found += find_violations(page, "unsubscribe")
    speak(page, site, "ro")
    open_whole(page, site)
    assert page.get_attribute("html", "lang") == "ro"
    found += find_violations(page, "overview in Romanian")
    speak(page, site, "en")
    assert found == []


def speak(page: Page, site: str, language: str) -> None:
    """Chooses the language of the pages, as people do."""
    page.goto(f"{site}/accounts/profile/")
    page.select_option("select[name=language]", language)
    page.click("form:has(select[name=language]) button[type=submit]")
    page.wait_for_selector(f"html[lang={language}]")


def test_axe_finds_nothing_on_the_fleet_page(site: str, new_context: NewContext) -> None:
    context = new_context(site, ADMINISTRATOR, bypass_csp=True, color_scheme="light")
    page = context.new_page()
    page.goto(f"{site}{list_staff_pages()['fleet']}")
    page.wait_for_selector(".fleet-entry pre")
    found = find_violations(page, "fleet")
    page.emulate_media(color_scheme="dark")
    found += find_violations(page, "fleet in the dark", rules=["color-contrast"])
    assert found == []
    assert page.locator("link[rel=icon]").count() == 1  # the admin's pages have the site's


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
    visits = [
        (ALICE, list_pages(ALICE)),
        (MANY, list_pages(MANY)),
        (ADMINISTRATOR, list_staff_pages()),
    ]
    for email, pages in visits:
        context = new_context(site, email, viewport={"width": NARROWEST, "height": 800})
        for name, path in pages.items():
            page = context.new_page()
            label = f"{name} of {email}"
            note_complaints(page, label, told)
            open_whole(page, site + path)
            for width in (NARROWEST, WIDEST):
                page.set_viewport_size({"width": width, "height": 800})
                wide = page.evaluate("document.documentElement.scrollWidth")
                if wide > width:
                    told.append(f"{label} at {width}: {wide} wide")
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
    page.click("text=Mark all as read")
    assert page.locator(".notification.is-unread").count() == 0
    page.click(".site-nav >> text=Devices")
    page.click(".device-card h2 a >> nth=0")
    page.click(".tabs >> text=Month")
    assert page.is_visible("text=Consumption (kWh)")  # the table, in place of the drawing
    assert not page.is_visible(".chart-canvas >> nth=0")
    assert page.locator(".line-legend, .chart-key, .chart-unit").filter(visible=True).count() == 0


#: What can be used and is shown: each gets a number, in the order of the page.
NUMBER_CONTROLS = """
[...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
)]
    .filter(control => control.checkVisibility({ visibilityProperty: true }))
    .map((control, number) => {
        control.dataset.number = number;
        return control.outerHTML.slice(0, 200);
    })
"""


def test_everything_is_reached_by_keyboard(site: str, new_context: NewContext) -> None:
    page = new_context(site, ALICE).new_page()
    for name, path in list_pages(ALICE).items():
        if name in ("device-day", "device-week", "device-month"):
            continue  # other numbers, the same controls
        open_whole(page, site + path)
        page.evaluate("scrollTo(0, 0)")
        controls = page.evaluate(NUMBER_CONTROLS)
        reached: list[str | None] = []
        # A field for a time has several stops. Behind the last control the page begins anew.
        while reached.count("0") < 2 and len(reached) < 3 * len(controls):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.dataset.number"))
        missed = set(range(len(controls))) - {int(number) for number in reached if number}
        assert [f"{name}: {controls[number]}" for number in missed] == []


def test_skip_link_leads_to_the_content(site: str, new_context: NewContext) -> None:
    page = new_context(site, ALICE).new_page()
    page.goto(site)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


READ_ACCENT = "getComputedStyle(document.documentElement).getPropertyValue('--accent').trim()"
#: How many pixels of the page's drawings have exactly this colour, after the next frame.
COUNT_PIXELS = """async colour => {
    for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
    const [red, green, blue] = [1, 3, 5].map(at => parseInt(colour.slice(at, at + 2), 16));
    let count = 0;
    for (const canvas of document.querySelectorAll(".chart-canvas canvas")) {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        for (let at = 0; at < data.length; at += 4)
            count += data[at] === red && data[at + 1] === green && data[at + 2] === blue;
    }
    return count;
}"""


def test_charts_are_drawn_again_when_it_turns_dark(site: str, new_context: NewContext) -> None:
    options: dict[str, Any] = {"color_scheme": "light", "reduced_motion": "reduce"}
    page = new_context(site, ALICE, **options).new_page()
    open_whole(page, site + list_pages(ALICE)["device-year"])
    light = page.evaluate(READ_ACCENT)
    assert page.evaluate(COUNT_PIXELS, light) > 100
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(READ_ACCENT)
    assert dark != light
    assert page.evaluate(COUNT_PIXELS, dark) > 100
    assert page.evaluate(COUNT_PIXELS, light) == 0
