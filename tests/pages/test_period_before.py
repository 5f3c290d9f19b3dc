"""The period before beside the one that is shown: drawing, table, words, address."""

import json
import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from accounts.models import User
from devices.models import Sensor
from tests.figures.households import constant, store_hours, sum_up

BUCHAREST = ZoneInfo("Europe/Bucharest")


@pytest.fixture
def path(meter: Sensor) -> str:
    """A meter that used 1 kW in 2025, and 2 kW in January and February of 2026."""
    User.objects.update(time_zone="Europe/Bucharest")
    year = datetime(2026, 1, 1, tzinfo=BUCHAREST)
    store_hours(meter, constant(1.0), start=datetime(2025, 1, 1, tzinfo=BUCHAREST), end=year)
    end = datetime(2026, 3, 1, tzinfo=BUCHAREST)
    store_hours(meter, constant(2.0), start=year, end=end, register_kwh=8860.0)
    sum_up()
    return f"/sensors/{meter.uuid}/"


def show(client: Client, path: str) -> str:
    return client.get(path).content.decode().replace("\N{NO-BREAK SPACE}", " ")


def read_series(page: str) -> list[dict[str, Any]]:
    found = re.search(r'<script id="consumption-data"[^>]*>(.*?)</script>', page)
    assert found is not None
    series: list[dict[str, Any]] = json.loads(found[1])["series"]
    return series


@pytest.mark.parametrize(
    ("period", "day", "bars", "sentence"),
    [
        ("day", "2026-02-10", 24, "At the same times: the same (48.00 kWh against 48.00 kWh)."),
        ("week", "2026-02-10", 7, "At the same times: the same (336.00 kWh against 336.00 kWh)."),
        (
            "month",
            "2026-01-10",
            31,
            "On the same days: 100% more (1,488.00 kWh against 744.00 kWh).",
        ),
        (
            "year",
            "2026-02-10",
            12,
            "On the same days: 100% more (2,832.00 kWh against 1,416.00 kWh).",
        ),
    ],
)
def test_both_periods_are_drawn_tabulated_and_compared(
    as_alice: Client, path: str, period: str, day: str, bars: int, sentence: str
) -> None:
    page = show(as_alice, f"{path}?period={period}&date={day}&compare=before")
    current, before = read_series(page)
    assert len(current["values"]) == len(before["values"]) == bars
    assert before["style"] == "usual"
    assert sentence in page
    table = page[page.index('id="consumption"') :].partition("</table>")[0]
    assert f'<th scope="col" class="number">{before["name"]}</th>' in table
    assert current["name"] in page[page.index("line-legend") :]
    plain = show(as_alice, f"{path}?period={period}&date={day}")
    assert len(read_series(plain)) == 1
    assert "Compare with the " in plain


def test_the_address_keeps_it(as_alice: Client, path: str) -> None:
    page = show(as_alice, f"{path}?period=month&date=2026-02-10&compare=before")
    section = page[page.index('id="consumption-of"') : page.index("Export as a file")]
    leading = re.findall(rf'href="({path}\?period=[^"]*)"', section)
    assert len(leading) > 30
    without = [link for link in leading if "compare=before" not in link]
    assert without == [f"{path}?period=month&amp;date=2026-02-01#consumption-of"]
    assert "Hide the month before" in section
    assert "compare" not in json.dumps(read_series(page))


def test_clock_changes_are_laid_over_by_the_hour(as_alice: Client, path: str) -> None:
    page = show(as_alice, f"{path}?period=day&date=2025-03-30&compare=before")
    current, before = read_series(page)
    assert len(current["values"]) == len(before["values"]) == 23
    assert before["values"] == [1.0] * 23
    page = show(as_alice, f"{path}?period=day&date=2025-10-26&compare=before")
    assert read_series(page)[1]["values"] == [1.0] * 25
    page = show(as_alice, f"{path}?period=day&date=2025-03-31&compare=before")
    values = read_series(page)[1]["values"]
    assert (len(values), values[3]) == (24, None)  # from 3 to 4 there was no hour


def test_nothing_known_of_before_is_said(as_alice: Client, path: str) -> None:
    page = show(as_alice, f"{path}?period=year&date=2025-02-10&compare=before")
    assert read_series(page)[1]["values"] == [None] * 12
    assert "There is nothing to compare: the two periods have no known times in common." in page


@pytest.mark.parametrize(("query", "most"), [("", 18), ("&compare=before", 22)])
def test_few_queries(
    as_alice: Client, path: str, django_assert_max_num_queries: Any, query: str, most: int
) -> None:
    with django_assert_max_num_queries(most):
        show(as_alice, f"{path}?period=year&date=2026-02-10{query}")
