"""The page to explore in Chromium: by wheel, drag, pinch, keys and links; addresses to share."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import CDPSession, FloatRect, Page

from devices.models import Sensor
from tests.e2e.conftest import OpenSession, save_screenshot
from tests.e2e.pages import ALICE
from tests.e2e.test_every_page import find_violations
from tests.figures.households import store_hours, sum_up

HOUR = timedelta(hours=1)
WIDE = {"width": 1280, "height": 1000}
PHONE = {"width": 390, "height": 844}
START = "?start=2026-03-09T00:00Z&end=2026-03-11T00:00Z"


def power(at: datetime) -> float:
    """Quiet nights, and evenings above the meter's limit once a week."""
    evening = 6.0 if at.weekday() == 1 else 3.0
    return evening if 17 <= at.hour < 21 else 0.3 + 0.05 * at.hour


@pytest.fixture
def path(transactional_db: None, meter: Sensor) -> str:
    """The page of alice's meter, which has two months of readings."""
    store_hours(
        meter,
        power,
        start=datetime(2026, 2, 1, tzinfo=UTC),
        end=datetime(2026, 4, 1, tzinfo=UTC),
    )
    sum_up()
    return f"/sensors/{meter.uuid}/explore/"


def open_chart(open_session: OpenSession, url: str, **options: Any) -> Page:
    address = f"http://{urlsplit(url).netloc}"
    page = open_session(address, ALICE, **{"viewport": WIDE, **options}).new_page()
    page.goto(url)
    page.wait_for_selector("#explore-chart[data-drawn]")
    return page


def get_box(page: Page) -> FloatRect:
    box = page.locator("#explore-chart .chart-canvas").bounding_box()
    assert box is not None
    return box


def read_range(url: str) -> tuple[datetime, datetime]:
    values = parse_qs(urlsplit(url).query)
    start, end = (datetime.fromisoformat(values[name][0]) for name in ("start", "end"))
    return start, end


def wait_for_other(page: Page, before: str) -> tuple[datetime, datetime]:
    """The range after the one of the address ``before``, once the server has told what it holds."""
    page.wait_for_url(lambda url: url != before)
    page.wait_for_selector("[data-explore]:not([data-loading])")  # no gesture goes on, either
    return read_range(page.url)


def test_wheel_drag_keys_and_links_change_the_address(
    address: str, open_session: OpenSession, path: str
) -> None:
    page = open_chart(open_session, address + path + START)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    box = get_box(page)
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    page.mouse.move(*middle)
    before = page.url
    page.mouse.wheel(0, -300)
    start, end = wait_for_other(page, before)
    assert end - start < 48 * HOUR
    assert datetime(2026, 3, 9, tzinfo=UTC) < start < end < datetime(2026, 3, 11, tzinfo=UTC)

    before = page.url
    page.mouse.down()
    page.mouse.move(middle[0] + 200, middle[1], steps=5)
    page.mouse.up()
    moved, moved_end = wait_for_other(page, before)
    assert moved < start
    assert moved_end - moved == pytest.approx(end - start, abs=2 * timedelta(minutes=1))

    before = page.url
    page.locator("#explore-chart .chart-canvas").focus()
    page.keyboard.press("ArrowRight")
    by_key, _ = wait_for_other(page, before)
    assert by_key > moved
    before = page.url
    page.keyboard.press("-")
    wide, wide_end = wait_for_other(page, before)
    assert wide_end - wide == pytest.approx(2 * (moved_end - moved), abs=4 * timedelta(minutes=1))

    before = page.url
    page.get_by_role("link", name="Zoom in").click()
    near, near_end = wait_for_other(page, before)
    assert near_end - near < wide_end - wide
    assert page.evaluate("document.activeElement.dataset.range") == "closer"
    assert problems == []


def test_back_goes_through_the_ranges(address: str, open_session: OpenSession, path: str) -> None:
    page = open_chart(open_session, address + path + START)
    first, title = page.url, page.inner_text("#explore-title")
    page.get_by_role("link", name="Earlier").click()
    wait_for_other(page, first)
    second = page.url
    page.get_by_role("link", name="Zoom out").click()
    wait_for_other(page, second)
    page.go_back()
    page.wait_for_selector(f"[data-explore][data-shown='{urlsplit(second).query}']")
    assert page.url == second
    page.go_back()
    page.wait_for_selector(f"[data-explore][data-shown='{urlsplit(first).query}']")
    assert (page.url, page.inner_text("#explore-title")) == (first, title)


def test_another_session_sees_the_same_range(
    address: str, open_session: OpenSession, path: str
) -> None:
    page = open_chart(open_session, address + path + START)
    page.locator("#explore-chart .chart-canvas").focus()
    before = page.url
    for _ in range(3):
        page.keyboard.press("+")
    wait_for_other(page, before)
    other = open_chart(open_session, page.url)
    assert other.url == page.url
    for part in ("#explore-title", "#explore-numbers .figures"):
        assert other.inner_text(part) == page.inner_text(part)
    plain = open_session(address, ALICE, java_script_enabled=False).new_page()
    plain.goto(page.url)
    assert plain.inner_text("#explore-title") == page.inner_text("#explore-title")
    plain.get_by_role("link", name="Zoom in").click()
    assert plain.url != page.url
    plain.get_by_label("From", exact=True).fill("2026-03-01T00:00")
    plain.get_by_label("To", exact=True).fill("2026-04-01T00:00")
    plain.get_by_role("button", name="Show").click()
    assert plain.url.endswith("?start=2026-03-01T00:00Z&end=2026-04-01T00:00Z")
    assert plain.inner_text("#explore-title") == "1 Mar 2026 – 31 Mar 2026"
    plain.click("#explore-numbers summary")
    assert plain.locator("#explore-numbers tbody tr").count() == 31 * 24


def touch(session: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})


def test_fingers_pinch_and_swipe_and_still_scroll_the_page(
    address: str, open_session: OpenSession, path: str
) -> None:
    page = open_chart(
        open_session, address + path + START, viewport=PHONE, has_touch=True, is_mobile=True
    )
    session = page.context.new_cdp_session(page)
    box = get_box(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    before = page.url
    touch(session, "touchStart", (x - 20, y), (x + 20, y))
    for step in range(1, 9):
        touch(session, "touchMove", (x - 20 - 8 * step, y), (x + 20 + 8 * step, y))
    touch(session, "touchEnd")
    start, end = wait_for_other(page, before)
    assert end - start < 40 * HOUR

    before = page.url
    touch(session, "touchStart", (x - 60, y))
    for step in range(1, 9):
        touch(session, "touchMove", (x - 60 + 12 * step, y))
    touch(session, "touchEnd")
    moved, moved_end = wait_for_other(page, before)
    assert moved < start
    assert moved_end - moved == pytest.approx(end - start, abs=2 * timedelta(minutes=1))

    touch(session, "touchStart", (x, y))
    for step in range(1, 9):
        touch(session, "touchMove", (x, y - 15 * step))
    touch(session, "touchEnd")
    page.wait_for_selector("html")
    assert page.evaluate("new Promise(done => setTimeout(() => done(scrollY), 200))") > 20


def test_all_scales_fetch_little_and_say_what_a_step_is(
    address: str, open_session: OpenSession, path: str
) -> None:
    page = open_chart(open_session, address + path + START)
    sizes: list[int] = []
    page.on(
        "response",
        lambda answer: sizes.append(len(answer.body())) if "/data/" in answer.url else None,
    )
    said = []
    for name in ("24 hours", "7 days", "30 days", "A year"):
        before = page.url
        page.get_by_role("link", name=name, exact=True).click()
        wait_for_other(page, before)
        said.append(page.inner_text("#explore-title"))
    assert len(set(said)) == 4
    assert max(sizes) < 200_000


def test_failed_answer_is_told_and_mended(
    address: str, open_session: OpenSession, path: str
) -> None:
    page = open_chart(open_session, address + path + START)
    page.context.set_offline(True)
    page.get_by_role("link", name="Earlier").click()
    page.wait_for_selector("#explore-failed:visible")
    page.context.set_offline(False)
    before = page.url
    page.locator("#explore-chart .chart-canvas").focus()
    page.keyboard.press("ArrowRight")
    wait_for_other(page, before)
    assert not page.is_visible("#explore-failed")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_nothing(
    address: str, open_session: OpenSession, path: str, scheme: str, size: dict[str, int]
) -> None:
    options: dict[str, Any] = {"viewport": size, "color_scheme": scheme, "bypass_csp": True}
    page = open_chart(open_session, address + path + START, **options)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    name = f"explore-{scheme}-{size['width']}"
    save_screenshot(page, name)
    page.click("#explore-numbers summary")
    assert find_violations(page, name) == []
    assert re.search("Each step", page.inner_text("#explore-numbers"))
