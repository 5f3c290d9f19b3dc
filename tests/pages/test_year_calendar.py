"""A year day by day, on the pages of devices and sensors."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils.html import escape, strip_tags

from devices.models import Sensor
from monitoring.history.summing import sum_intervals
from monitoring.pages.charts import Chart
from tests.conftest import make_sensor
from tests.pages.conftest import StoreAgo


def calendar_of(client: Client, path: str, **query: str) -> Chart | None:
    found: Chart | None = client.get(path, query).context["year_calendar"]
    return found


@pytest.fixture
def noon(now: datetime) -> datetime:
    return (now - timedelta(days=3)).replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def meters(meter: Sensor, store_ago: StoreAgo, now: datetime, noon: datetime) -> list[Sensor]:
    """Two meters of one device, each with 1.5 kWh after noon of one day."""
    ago = (now - noon) / timedelta(minutes=1)
    both = [meter, make_sensor(meter.device, "Heat pump")]
    for sensor in both:
        store_ago(sensor, (ago, 100.0), (ago - 30, 101.5))
    sum_intervals(max_gap=settings.HISTORY_MAX_GAP, now=datetime.now(UTC))
    return both


def test_each_day_stands_in_its_month(
    as_alice: Client, meters: list[Sensor], noon: datetime
) -> None:
    device = meters[0].device
    path = device.get_absolute_url()
    chart = calendar_of(as_alice, path, period="year", date=f"{noon:%Y-%m-%d}")
    assert chart
    known = [(place, cell) for place, cell in enumerate(chart.data["cells"]) if cell[2] is not None]
    ((place, cell),) = known
    assert cell == (noon.day - 1, noon.month - 1, pytest.approx(3.0))
    assert chart.data["names"][place] == f"{noon:%A, %-d %B}"
    assert chart.data["links"][place] == f"{path}?period=day&date={noon:%Y-%m-%d}#consumption-of"
    assert chart.table.head[noon.month] == f"{noon:%B}"
    (cell_of_table,) = [row[noon.month] for row in chart.table.rows if row[0] == str(noon.day)]
    assert strip_tags(cell_of_table) == "3.00"
    assert f'href="{escape(chart.data["links"][place])}"' in cell_of_table


def test_it_is_there_for_a_sensor_too(
    as_alice: Client, meters: list[Sensor], noon: datetime
) -> None:
    path = f"/sensors/{meters[0].uuid}/"
    chart = calendar_of(as_alice, path, period="year", date=f"{noon:%Y-%m-%d}")
    assert chart
    assert strip_tags(chart.table.rows[noon.day - 1][noon.month]) == "1.50"


def test_shorter_periods_and_empty_years_have_none(
    as_alice: Client, meters: list[Sensor], noon: datetime
) -> None:
    path = meters[0].device.get_absolute_url()
    assert calendar_of(as_alice, path, period="month", date=f"{noon:%Y-%m-%d}") is None
    assert calendar_of(as_alice, path, period="year", date=f"{noon.year - 2}-05-05") is None
