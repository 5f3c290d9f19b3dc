"""Limits as they are drawn: the pixels, not only the numbers that charts are given."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from playwright.sync_api import Page

from accounts.models import User
from devices.models import Sensor
from monitoring.history.summing import sum_intervals
from tests.conftest import make_sensor
from tests.e2e.conftest import LogIn
from tests.e2e.test_live_pages import store
from tests.e2e.visits import open_whole

pytestmark = pytest.mark.django_db(transaction=True)

#: Of the drawing's rows of pixels the longest in exactly this colour, as a share of the width.
#: A dashed line across all of it makes a bit more than half.
FIND_LINE = """([id, name]) => {
    const canvas = document.querySelector(`#${id} canvas`);
    const style = getComputedStyle(document.documentElement);
    const colour = style.getPropertyValue(`--${name}`).trim();
    const [red, green, blue] = [1, 3, 5].map(at => parseInt(colour.slice(at, at + 2), 16));
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    let longest = 0;
    for (let row = 0; row < height; row += 1) {
        let count = 0;
        for (let at = 4 * row * width; at < 4 * (row + 1) * width; at += 4)
            count += data[at] === red && data[at + 1] === green && data[at + 2] === blue;
        longest = Math.max(longest, count);
    }
    return longest / width;
}"""


def has_line(page: Page, chart: str, colour: str) -> bool:
    """Whether a line of the palette's colour goes across the chart."""
    page.wait_for_selector(f"#{chart}[data-drawn]")
    share: float = page.evaluate(FIND_LINE, [chart, colour])
    return share > 0.4


def test_maximum_of_an_hour_is_drawn_above_lower_bars(
    address: str, alice: User, meter: Sensor, log_in: LogIn
) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    noon = yesterday.replace(hour=12, minute=0, second=0, microsecond=0)
    ago_s = (datetime.now(UTC) - noon).total_seconds()
    hours = [(-ago_s + 600 * step, 100.0 + step / 3) for step in range(19)]  # 2 kWh an hour, of 6
    store(meter, *hours)
    sum_intervals(max_gap=settings.HISTORY_MAX_GAP, now=datetime.now(UTC))
    page = log_in(address, alice.email)
    path = meter.device.get_absolute_url()
    page.emulate_media(reduced_motion="reduce")
    open_whole(page, f"{address}{path}?period=day&date={yesterday:%Y-%m-%d}")
    assert has_line(page, "consumption", "warning")
    assert page.is_visible("text=The hourly maximum is 6")


def test_each_meter_of_a_device_has_its_limit_drawn_in_its_colour(
    address: str, alice: User, meter: Sensor, log_in: LogIn
) -> None:
    pump = make_sensor(meter.device, "Heat pump", max_power_kw="3")
    store(pump, (-1200, 50.0), (-600, 50.3))
    store(meter, (-1200, 100.0), (-600, 100.2))
    page = log_in(address, alice.email)
    page.emulate_media(reduced_motion="reduce")
    open_whole(page, f"{address}{meter.device.get_absolute_url()}")
    assert has_line(page, "live-device", "accent")
    assert has_line(page, "live-device", "chart-2")
    assert not has_line(page, "live-device", "warning")
