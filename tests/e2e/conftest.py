"""Real Chromium, and what the pages' tests do with it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from accounts.models import User
from tests.servers import ROOT, web_server

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


@pytest.fixture(scope="package")
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
        # Django's connection of that loop, which nobody else would close.
        connection.close()


@pytest.fixture(scope="package")
def address(django_db_setup: None) -> Iterator[str]:
    """That of one web server for all tests that need it neither stopped nor changed."""
    with web_server() as server:
        yield server


class OpenSession(Protocol):
    """Opens a browser session of its own, logged in."""

    def __call__(self, address: str, email: str, **options: Any) -> BrowserContext: ...


@pytest.fixture
def open_session(browser: Browser) -> Iterator[OpenSession]:
    """``open_session(address, email)``: a browser session, logged in without the form.

    The form is filled in where the tests of every page, of the demo and of connections log in.
    """
    contexts = []

    def open_context(address: str, email: str, **options: Any) -> BrowserContext:
        context = browser.new_context(**options)
        contexts.append(context)
        client = Client()
        client.force_login(User.objects.get(email=email))
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": address}])
        return context

    yield open_context
    for context in contexts:
        context.close()


class LogIn(Protocol):
    """Opens a page of its own browser session, logged in and live."""

    def __call__(self, address: str, email: str) -> Page: ...


@pytest.fixture
def log_in(open_session: OpenSession) -> LogIn:
    """``log_in(address, email)``: a page of its own browser session, logged in and live."""

    def open_page(address: str, email: str) -> Page:
        page = open_session(address, email, viewport={"width": 1280, "height": 800}).new_page()
        page.goto(f"{address}/")
        page.wait_for_selector("body[data-live=online]")
        return page

    return open_page


def save_screenshot(page: Page, name: str) -> Path:
    """Writes what the page shows to ``screenshots/``."""
    SCREENSHOTS.mkdir(exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=path, animations="disabled")
    return path
