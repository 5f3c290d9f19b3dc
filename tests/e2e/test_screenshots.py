"""``make screenshots``: every page, wide and narrow, light and dark, into ``screenshots/``."""

import os
from collections.abc import Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from energy.demo.household import ADMINISTRATOR
from energy.demo.household import PASSWORD as DEMO_PASSWORD
from energy.demo.seed import seed_demo
from tests.admin.conftest import quarantine
from tests.conftest import PASSWORD
from tests.e2e.conftest import SCREENSHOTS
from tests.e2e.pages import (
    ALICE,
    EMPTY,
    MANY,
    NEW,
    list_pages,
    list_public_pages,
    list_staff_pages,
)
from tests.e2e.pictures import LONG_NAME, get_now, make_people
from tests.e2e.visits import log_in_context, open_whole
from tests.servers import web_server

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("SCREENSHOTS" not in os.environ, reason="run by `make screenshots`"),
]

SIZES = {"wide": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}


def test_screenshots(kept_partitions: None, browser: Browser) -> None:
    now = get_now()
    seed_demo(now=now)
    make_people(now)
    quarantine()
    long = list_pages(MANY, named=LONG_NAME)
    visits = [
        (None, list_public_pages()),
        (ALICE, list_pages(ALICE)),
        (MANY, {"many-overview": "/", "many-devices": "/devices/", "long-name": long["device"]}),
        (EMPTY, {"empty-overview": "/", "empty-devices": "/devices/", "empty-alerts": "/alerts/"}),
        (NEW, {"new-overview": "/", "new-sensor": list_pages(NEW)["sensor"]}),
        (ADMINISTRATOR, list_staff_pages()),
    ]
    with web_server() as address:
        for size, viewport in SIZES.items():
            for scheme in ("light", "dark"):
                for email, pages in visits:
                    password = DEMO_PASSWORD if email in (ALICE, ADMINISTRATOR) else PASSWORD
                    options: dict[str, Any] = {"viewport": viewport, "color_scheme": scheme}
                    context = browser.new_context(**options, reduced_motion="reduce")
                    if email:
                        log_in_context(context, address, email, password)
                    take(context, address, pages, f"{size}-{scheme}")
                    context.close()


def take(context: BrowserContext, address: str, pages: Mapping[str, str], look: str) -> None:
    """Writes a picture of each page, from its top to its end."""
    SCREENSHOTS.mkdir(exist_ok=True)
    for name, path in pages.items():
        page = context.new_page()
        open_whole(page, address + path)
        page.evaluate("scrollTo(0, 0)")
        # A picture of all of it is taken without scrolling: what is fixed would lie in its middle.
        height = page.evaluate("document.documentElement.scrollHeight")
        width = page.viewport_size["width"] if page.viewport_size else 1280
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=SCREENSHOTS / f"{name}-{look}.png", animations="disabled")
        page.close()
