"""Opening pages in a browser session of one's own."""

from playwright.sync_api import BrowserContext, Page


def log_in_context(context: BrowserContext, address: str, email: str, password: str) -> None:
    """Logs the session in by the form."""
    page = context.new_page()
    page.goto(f"{address}/accounts/login/?next=/")
    page.fill("input[name=username]", email)
    page.fill("input[name=password]", password)
    page.click("main button[type=submit]")
    page.wait_for_selector("body.has-navigation")
    page.close()


def open_whole(page: Page, url: str) -> None:
    """Opens a page, and each of its charts."""
    page.goto(url)
    for figure in page.query_selector_all("figure[data-chart]"):
        figure.scroll_into_view_if_needed()
    # By selectors: the site's policy forbids what a waiting function would need.
    page.wait_for_selector("figure[data-chart]:not([data-drawn])", state="detached")
