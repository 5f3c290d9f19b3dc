"""The goal of a month in Chromium: set by its form, drawn, accessible."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from devices.models import Sensor
from tests.e2e.conftest import OpenSession, save_screenshot
from tests.e2e.pages import ALICE
from tests.e2e.test_every_page import find_violations
from tests.figures.households import constant, store_hours, sum_up

WIDE = {"width": 1280, "height": 1100}
PHONE = {"width": 390, "height": 844}


@pytest.mark.parametrize(
    ("scheme", "size"), [("light", WIDE), ("dark", PHONE)], ids=["wide", "phone"]
)
def test_goal_is_set_and_its_course_drawn(
    transactional_db: None,
    address: str,
    open_session: OpenSession,
    meter: Sensor,
    scheme: str,
    size: dict[str, int],
) -> None:
    now = datetime.now(UTC)
    store_hours(meter, constant(0.5), start=now - timedelta(weeks=6), end=now)
    sum_up()
    options: dict[str, Any] = {"viewport": size, "color_scheme": scheme, "bypass_csp": True}
    page = open_session(address, ALICE, **options).new_page()
    page.goto(f"{address}/")
    page.get_by_role("link", name="Monthly goal").click()
    page.get_by_label("Monthly goal (kWh)").fill("412,5")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("#goal-chart[data-drawn]")
    assert page.get_by_text("Your goal has been saved.").is_visible()
    assert page.get_by_text("a day.", exact=False).first.is_visible()
    assert page.get_by_label("Monthly goal (kWh)").input_value() == "412.5"
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    save_screenshot(page, f"goal-{scheme}-{size['width']}")
    assert find_violations(page, "goal") == []
