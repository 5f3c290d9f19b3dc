"""The forecast's page in Chromium: drawn, by form alone without scripts, small and dark."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from devices.models import Sensor
from tests.e2e.conftest import OpenSession, save_screenshot
from tests.e2e.pages import ALICE
from tests.figures.households import store_hours, sum_up

PHONE = {"width": 390, "height": 844}


def household(at: datetime) -> float:
    """Quiet nights, a breakfast, an evening that differs from day to day."""
    chance = Random(at.isoformat()).random()
    if 5 <= at.hour < 8:
        return 0.4 + 0.6 * chance
    return 0.8 + 1.4 * chance if 17 <= at.hour < 22 else 0.15 + 0.1 * chance


@pytest.fixture
def stored(transactional_db: None, meter: Sensor) -> Sensor:
    """Alice's meter with eight weeks of readings."""
    now = datetime.now(UTC)
    store_hours(meter, household, start=now - timedelta(weeks=8), end=now)
    sum_up()
    return meter


def test_next_day_is_drawn_and_a_preset_finds_its_start(
    address: str, open_session: OpenSession, stored: Sensor
) -> None:
    page = open_session(address, ALICE, viewport={"width": 1280, "height": 1500}).new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{address}/forecast/")
    page.wait_for_selector("#forecast-chart[data-drawn]")
    page.get_by_role("link", name="Dishwasher").click()
    page.wait_for_selector("#forecast-chart[data-drawn]")
    assert page.get_by_label("Running time (minutes)").input_value() == "150"
    page.get_by_label("Not before").fill("22:00")
    page.get_by_label("Ready by").fill("07:00")
    page.get_by_role("button", name="Find the best time").click()
    page.wait_for_url("**earliest=22*")
    assert page.get_by_text("it will be ready at").is_visible()
    assert "kwh=1&" in page.url
    page.wait_for_selector("#forecast-chart[data-drawn]")
    page.evaluate("scrollTo(0, 0)")
    save_screenshot(page, "forecast")
    assert problems == []


def test_page_works_without_scripts(
    address: str, open_session: OpenSession, stored: Sensor
) -> None:
    page = open_session(address, ALICE, java_script_enabled=False).new_page()
    page.goto(f"{address}/forecast/")
    page.get_by_label("Energy used (kWh)").fill("30")
    page.get_by_label("Running time (minutes)").fill("60")
    page.get_by_role("button", name="Find the best time").click()
    assert page.get_by_text("No start in this time stays under the limit of 4 kW").is_visible()
    page.get_by_text("The numbers as a table").click()
    assert page.locator("#forecast-chart tbody tr").count() == 24


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_phone_shows_all_without_scrolling_sideways(
    address: str, open_session: OpenSession, stored: Sensor, scheme: str
) -> None:
    page = open_session(address, ALICE, viewport=PHONE, color_scheme=scheme).new_page()
    page.goto(f"{address}/forecast/")
    page.wait_for_selector("#forecast-chart[data-drawn]")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.set_viewport_size({"width": PHONE["width"], "height": 2400})
    save_screenshot(page, f"forecast-phone-{scheme}")
