"""What charts say and where they draw: tooltips, marks and names, read from Chromium's pixels."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

from accounts.models import User
from devices.models import Sensor
from tests.conftest import make_sensor
from tests.e2e.conftest import LogIn
from tests.e2e.test_live_pages import store
from tests.e2e.visits import open_whole
from tests.figures.households import store_hours, sum_up

pytestmark = pytest.mark.django_db(transaction=True)

#: The columns, in pixels of the screen, in which a drawing has exactly this colour of the palette.
FIND_COLUMNS = """([id, name]) => {
    const canvas = document.querySelector(`#${id} canvas`);
    const style = getComputedStyle(document.documentElement);
    const colour = style.getPropertyValue(`--${name}`).trim();
    const [red, green, blue] = [1, 3, 5].map(at => parseInt(colour.slice(at, at + 2), 16));
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    const columns = new Set();
    for (let at = 0; at < data.length; at += 4)
        if (data[at] === red && data[at + 1] === green && data[at + 2] === blue)
            columns.add(Math.floor((at / 4) % width / devicePixelRatio));
    return [...columns].sort((a, b) => a - b);
}"""


def find_columns(page: Page, chart: str, colour: str) -> list[int]:
    columns: list[int] = page.evaluate(FIND_COLUMNS, [chart, colour])
    return columns


def open_still(page: Page, address: str, **size: Any) -> None:
    """A page without motion, all charts drawn."""
    page.emulate_media(reduced_motion="reduce")
    if size:
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
    open_whole(page, address)


def test_cell_of_the_week_says_day_hour_and_energy(
    address: str, alice: User, meter: Sensor, log_in: LogIn
) -> None:
    now = datetime.now(UTC)
    store_hours(meter, lambda at: 0.25, start=now - timedelta(weeks=4), end=now)
    sum_up()
    page = log_in(address, alice.email)
    open_still(page, f"{address}{meter.device.get_absolute_url()}")
    canvas = page.locator("#week-pattern .chart-canvas")
    box = canvas.bounding_box()
    assert box
    canvas.hover(position={"x": box["width"] / 2, "y": 12})  # the first row, about noon
    tip = canvas.locator("strong")
    tip.wait_for()
    day, _, hours = tip.inner_text().partition(", ")
    assert day == "Monday"
    assert hours in ("10:00–11:00", "11:00–12:00", "12:00–13:00")
    assert "0.25\N{NO-BREAK SPACE}kWh" in canvas.inner_text()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_dot_of_a_peak_of_this_moment_lies_within_the_plot(
    address: str, alice: User, meter: Sensor, log_in: LogIn, width: int
) -> None:
    store(meter, (-3600, 100.0), (-600, 100.4), (-30, 100.5), (-1, 100.6))
    page = log_in(address, alice.email)
    open_still(page, f"{address}/sensors/{meter.uuid}/", width=width, height=844)
    live = f"live-{meter.pk}"
    axis, dot = find_columns(page, live, "control-line"), find_columns(page, live, "danger")
    assert dot
    assert axis[0] <= dot[0]
    assert dot[-1] <= axis[-1]
    within = page.evaluate("""() => {
        const [plot, dot] = [".chart .grid line", ".chart .peak-dot"]
            .map(selector => document.querySelector(selector).getBoundingClientRect());
        return [dot.left - plot.left, plot.right - dot.right];
    }""")
    assert min(within) >= 0


def test_tooltip_says_one_value_a_meter_where_lines_step(
    address: str, alice: User, meter: Sensor, log_in: LogIn
) -> None:
    pump = make_sensor(meter.device, "Heat pump")
    for sensor in (meter, pump):
        store(sensor, (-3600, 100.0), (-1800, 100.5), (-900, 101.2), (-1, 101.3))
    page = log_in(address, alice.email)
    open_still(page, f"{address}{meter.device.get_absolute_url()}")
    canvas = page.locator("#live-device .chart-canvas")
    axis = find_columns(page, "live-device", "control-line")
    at = axis[0] + 0.75 * (axis[-1] - axis[0])  # a quarter of an hour ago: the second step
    canvas.hover(position={"x": at, "y": 150})
    canvas.locator("strong").wait_for()
    told = [line.partition(":")[0] for line in canvas.inner_text().splitlines() if "kW" in line]
    assert told == ["Heat pump", "Main meter"]


def test_limit_far_above_the_power_is_named_at_the_upper_edge(
    address: str, alice: User, meter: Sensor, log_in: LogIn
) -> None:
    store(meter, (-1200, 100.0), (-600, 100.05))  # 0.3 of 4 kW
    page = log_in(address, alice.email)
    open_still(page, f"{address}/sensors/{meter.uuid}/")
    named = find_columns(page, f"live-{meter.pk}", "warning")
    assert 10 < len(named) < 120  # the words, and no line across
    assert page.locator(".live-card figcaption").count() == 0
