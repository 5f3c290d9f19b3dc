"""Real Chromium, and what the pages' tests do with it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import PASSWORD
from tests.servers import ROOT

SCREENSHOTS = ROOT / "screenshots"
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Not for the whole session: while it runs, no asynchronous test can (one loop a thread).
    executable = os.environ.get("CHROMIUM")
    assert executable, "CHROMIUM names no browser: run the tests with `make test`."
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=executable, headless=True, args=CHROMIUM_OPTIONS
        )
        yield chromium
        chromium.close()


class LogIn(Protocol):
    """Opens a page of its own browser session, logged in and live."""

    def __call__(self, address: str, email: str, password: str = PASSWORD) -> Page: ...


@pytest.fixture
def log_in(browser: Browser) -> Iterator[LogIn]:
    """``log_in(address, email)``: a page of its own browser session, logged in and live."""
    contexts = []

    def open_page(address: str, email: str, password: str = PASSWORD) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{address}/accounts/login/")
        page.fill("input[name=username]", email)
        page.fill("input[name=password]", password)
        page.click("button[type=submit]")
        page.wait_for_selector("body[data-live=online]")
        return page

    yield open_page
    for context in contexts:
        context.close()


def save_screenshot(page: Page, name: str) -> Path:
    """Writes what the page shows to ``screenshots/``."""
    SCREENSHOTS.mkdir(exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=path, animations="disabled")
    return path
