"""Pages on paper: every chart is drawn, within the sheet, in the light and in the dark."""

import re
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize
from pytest_django import DjangoDbBlocker

from energy.demo.household import ADMINISTRATOR, PASSWORD
from energy.demo.seed import seed_demo
from tests.e2e.pages import ALICE, list_pages, list_staff_pages
from tests.e2e.pictures import get_now
from tests.e2e.visits import log_in_context
from tests.emptying import empty_tables

pytestmark = pytest.mark.django_db

#: What is left of an A4 sheet between the margins, in pixels.
SHEET: ViewportSize = {"width": 703, "height": 1017}
PAGES = ("overview", "device", "device-year", "sensor", "forecast")

#: A picture for paper: where it lies, and the share of its pixels that are not the sheet's.
READ_PICTURES = """() => [...document.querySelectorAll("figure[data-chart]")].map(figure => {
    const picture = figure.querySelector(":scope > .paper");
    if (!picture) return { id: figure.id, ink: 0 };
    const { left, right, width, height } = picture.getBoundingClientRect();
    const copy = new OffscreenCanvas(picture.width, picture.height);
    const context = copy.getContext("2d");
    context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, copy.width, copy.height);
    let ink = 0;
    for (let at = 3; at < data.length; at += 4) ink += data[at] > 20;
    return { id: figure.id, left, right, width, height, ink: ink / (data.length / 4) };
})"""
#: What lies past the right edge of the sheet, and what is for the screen only.
READ_SPILLS = """width => [...document.querySelectorAll("main *, footer *")]
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().right > width + 0.5)
    .map(one => one.outerHTML.slice(0, 120))"""
READ_CONTROLS = """[...document.querySelectorAll("nav, button, .button, .toast, .site-header")]
    .filter(one => one.checkVisibility()).map(one => one.outerHTML.slice(0, 120))"""
READ_COLOURS = """[document.body, ...document.querySelectorAll("h1, h2, .hero-figure, .card")]
    .map(one => getComputedStyle(one)).map(style => [style.color, style.backgroundColor])"""


@pytest.fixture(scope="module")
def site(browser: Browser, address: str, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The demo's household, once for all of these tests."""
    with django_db_blocker.unblock():
        seed_demo(now=get_now())
        yield address
        empty_tables(None)


NewContext = Callable[..., BrowserContext]


@pytest.fixture
def new_context(browser: Browser, site: str) -> Iterator[NewContext]:
    """Browser sessions that are logged in by the form: the tests themselves commit nothing."""
    contexts = []

    def make(email: str, **options: Any) -> BrowserContext:
        contexts.append(browser.new_context(**options))
        log_in_context(contexts[-1], site, email, PASSWORD)
        return contexts[-1]

    yield make
    for context in contexts:
        context.close()


def open_unscrolled(context: BrowserContext, url: str) -> Page:
    """A page as it is when somebody prints it at once: the library is there, the charts are not."""
    page = context.new_page()
    with page.expect_response(re.compile(r"/echarts(\.\w+)?\.js")):
        page.goto(url)
    page.wait_for_selector("[data-drawn]")
    return page


@pytest.mark.parametrize(
    ("scheme", "screen"), [("light", (1280, 800)), ("dark", (390, 844))], ids=["light", "dark"]
)
def test_every_chart_is_drawn_within_the_sheet(
    site: str, new_context: NewContext, scheme: Any, screen: tuple[int, int]
) -> None:
    viewport = {"width": screen[0], "height": screen[1]}
    context = new_context(ALICE, viewport=viewport, color_scheme=scheme)
    paths = list_pages(ALICE)
    for name in PAGES:
        page = open_unscrolled(context, site + paths[name])
        page.set_viewport_size(SHEET)
        page.emulate_media(media="print", color_scheme=scheme)
        page.wait_for_selector("html[data-paper]")
        for picture in page.evaluate(READ_PICTURES):
            assert picture["ink"] > 0.01, (name, picture)
            assert 0 <= picture["left"] < picture["right"] <= SHEET["width"], (name, picture)
            assert picture["width"] > 0.85 * SHEET["width"], (name, picture)
            assert picture["height"] > 200, (name, picture)
        assert page.evaluate(READ_SPILLS, SHEET["width"]) == [], name
        assert page.evaluate(READ_CONTROLS) == [], name
        for colour, ground in page.evaluate(READ_COLOURS):
            assert sum(map(int, re.findall(r"\d+", colour)[:3])) < 330, (name, colour)
            assert ground in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"), name
        page.close()


IMAGE = re.compile(
    rb"<<[^>]*?/Subtype /Image\s*/Width (\d+)\s*/Height (\d+)[^>]*?>>\s*stream\r?\n(.*?)endstream",
    re.DOTALL,
)


def list_images(pdf: bytes) -> list[tuple[int, int, int]]:
    """Width, height and number of different lines of each picture in a file of Chromium's."""
    images = []
    for width, height, stream in IMAGE.findall(pdf):
        pixels = zlib.decompress(stream)
        line = len(pixels) // int(height)
        lines = {pixels[at : at + line] for at in range(0, len(pixels), line)}
        images.append((int(width), int(height), len(lines)))
    return images


def test_file_has_a_picture_of_every_chart_and_the_screen_is_as_before(
    site: str, new_context: NewContext
) -> None:
    context = new_context(ALICE, viewport={"width": 1280, "height": 800})
    page = open_unscrolled(context, site + list_pages(ALICE)["device-year"])
    told: list[str] = []
    page.on("pageerror", lambda error: told.append(str(error)))
    charts = page.locator("figure[data-chart]").count()
    assert page.locator("figure[data-drawn]").count() < charts
    drawings = [one for one in list_images(page.pdf(format="A4")) if one[0] > 1000]
    # With the shape of each as a mask: each is twice in the file.
    assert len(drawings) == 2 * charts
    assert all(lines > 20 for _, _, lines in drawings)
    assert page.locator(".paper, html[data-paper]").count() == 0
    assert page.locator("figure[data-drawn]").count() < charts
    page.wait_for_timeout(100)  # whatever the drawings still wanted to do
    assert told == []


def test_without_the_library_its_tables_are_printed(site: str, new_context: NewContext) -> None:
    context = new_context(ALICE, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.route(re.compile(r"/echarts(\.\w+)?\.js"), lambda route: None)  # never answered
    page.goto(site + list_pages(ALICE)["device"])
    page.emulate_media(media="print")
    page.wait_for_selector("html[data-paper]")
    charts = page.locator("figure[data-chart]")
    for index in range(charts.count()):
        assert charts.nth(index).locator("table").is_visible()
        assert charts.nth(index).locator(".chart-canvas").is_hidden()
    heads = page.locator("figure thead").first
    assert heads.evaluate("one => getComputedStyle(one).display") == "table-header-group"
    page.emulate_media(media="screen")
    page.wait_for_selector("html:not([data-paper])")
    assert page.locator("figure details[open]").count() == 0


#: The colour of text, and the paper's: that of the body, or of what lies behind it.
READ_PAPER = """() => {
    const body = getComputedStyle(document.body);
    const page = getComputedStyle(document.documentElement);
    const isClear = body.backgroundColor === "rgba(0, 0, 0, 0)";
    return [body.color, isClear ? page.backgroundColor : body.backgroundColor];
}"""


@pytest.mark.parametrize("path", [list_staff_pages()["fleet"], "/admin/devices/sensor/"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_administration_is_printed_dark_on_white(
    site: str, new_context: NewContext, scheme: Any, path: str
) -> None:
    context = new_context(ADMINISTRATOR, viewport=SHEET, color_scheme=scheme)
    page = context.new_page()
    page.goto(site + path)
    page.emulate_media(media="print", color_scheme=scheme)
    assert page.locator(".site-header").is_hidden()
    assert page.evaluate(READ_PAPER) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    assert page.evaluate("document.documentElement.scrollWidth") <= SHEET["width"]
