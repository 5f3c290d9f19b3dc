"""The page of the forecast, and the comparison that pages include."""

import json
import re
from datetime import datetime, timedelta
from http import HTTPStatus
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.template.loader import render_to_string
from django.test import Client

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.figures.comparison import get_comparison
from monitoring.figures.scope import get_scope
from monitoring.rules.comparison import Compared
from monitoring.templatetags.changes import than_usual
from tests.conftest import make_device, make_sensor
from tests.figures.households import Power, constant, store_hours, sum_up

ADDRESS = "/forecast/"
UTC_ZONE = ZoneInfo("UTC")


def restless(at: datetime) -> float:
    """Each hour is as it happens: then the average is the best guess."""
    return Random(at.isoformat()).random()


def store_weeks(sensor: Sensor, now: datetime, power_kw: Power, days: int = 30) -> None:
    store_hours(sensor, power_kw, start=now - timedelta(days=days), end=now)
    sum_up()


def show(client: Client, **given: Any) -> str:
    response = client.get(ADDRESS, given)
    assert response.status_code == HTTPStatus.OK
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def island(page: str) -> dict[str, Any]:
    (text,) = re.findall(r'<script id="forecast-chart-data"[^>]*>(.*?)</script>', page)
    found: dict[str, Any] = json.loads(text)
    return found


def test_next_day_as_chart_and_as_table(as_alice: Client, meter: Sensor, now: datetime) -> None:
    store_weeks(meter, now, constant(0.5))
    page = show(as_alice)
    assert "<strong>12.00 kWh</strong>" in page
    assert page.count('<td class="number">0.50</td>') >= 3 * 24
    chart = island(page)
    assert [series["name"] for series in chart["series"]] == ["Expected", "Up to", "At least"]
    assert {value for _, value in chart["series"][0]["points"]} == {0.5}
    assert chart["end"] - chart["start"] == 24 * 3_600_000


def test_errors_are_told_in_words_and_beside_the_naive_ones(
    as_alice: Client, meter: Sensor, now: datetime
) -> None:
    store_weeks(meter, now, restless, days=56)
    page = show(as_alice)
    assert "We tried it on 14 of your last complete days" in page
    assert "Hour by hour it was closer than simply expecting" in page
    for method in ("This forecast", "Same as yesterday", "Same as a week ago"):
        assert f'<th scope="row">{method}</th>' in page


def test_forecast_that_is_no_better_than_a_naive_one_says_so(
    as_alice: Client, meter: Sensor, now: datetime
) -> None:
    moved_in = now - timedelta(days=6)
    store_weeks(meter, now, lambda at: 2.0 if at > moved_in else 0.1)
    page = show(as_alice)
    assert "no better than simply expecting the same as yesterday" in page


def test_best_start_without_asking_is_that_of_a_washing_machine(
    as_alice: Client, meter: Sensor, now: datetime
) -> None:
    store_weeks(meter, now, constant(0.5))
    page = show(as_alice)
    assert re.search(r'aria-current="true">Washing machine</a>', page)
    assert "power is expected to reach 0.95 kW, including 0.45 kW for the appliance" in page
    assert "That is under the limit of 4 kW, even in a busy hour (0.95 kW)." in page


def test_best_start_in_a_window(as_alice: Client, meter: Sensor, now: datetime) -> None:
    opens, low, closes = (now + timedelta(hours=hours) for hours in (3, 6, 12))
    store_weeks(meter, now, lambda at: 0.2 if at.hour == low.hour else 0.6)
    window = {"earliest": f"{opens:%H}:00", "latest": f"{closes:%H}:00"}
    page = show(as_alice, duration_minutes=60, kwh=1, **window)
    ready = low + timedelta(hours=1)
    assert re.search(
        rf"Start it on <strong>\w+, {low:%H}:00</strong>; it will be ready at {ready:%H}:00", page
    )
    assert f'value="{opens:%H}:00"' in page
    assert 'aria-current="true">Washing machine' not in page
    assert f"earliest={opens:%H}%3A00&amp;latest={closes:%H}%3A00" in page  # presets keep it


def test_no_start_under_the_limit_is_said(as_alice: Client, meter: Sensor, now: datetime) -> None:
    store_weeks(meter, now, constant(0.5))
    page = show(as_alice, duration_minutes=60, kwh=9)
    assert "No start in this time stays under the limit of 4 kW" in page


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"duration_minutes": "0", "kwh": "1"}, "greater than or equal to 1"),
        ({"duration_minutes": "60", "kwh": "x"}, "Enter a number"),
        ({"duration_minutes": "60", "kwh": "nan"}, "Enter a number"),
        ({"duration_minutes": "60", "kwh": ""}, "This field is required"),
        ({"earliest": "99:99", "latest": "07:00"}, "Enter a valid time"),
        ({"earliest": "22:00"}, "Enter both times or neither."),
        ({"earliest": "06:00", "latest": "07:00"}, "The appliance runs longer than that."),
    ],
)
def test_bad_wish_is_told_beside_its_field(
    as_alice: Client, meter: Sensor, now: datetime, given: dict[str, str], told: str
) -> None:
    store_weeks(meter, now, constant(0.5))
    page = show(as_alice, **given)
    assert told in page
    assert 'aria-invalid="true"' in page
    assert "Start it on" not in page
    assert "<strong>12.00 kWh</strong>" in page


def test_too_little_history(as_alice: Client, meter: Sensor, now: datetime) -> None:
    store_weeks(meter, now, constant(0.5), days=4)
    page = show(as_alice)
    assert "A forecast needs 10 complete days of readings" in page
    assert "So far there are 4 days." in page
    assert '<form class="best-start-form"' not in page


def test_nothing_to_forecast(as_charlie: Client, meter: Sensor) -> None:
    assert "Nothing to forecast yet" in show(as_charlie)


def test_one_device_of_several(as_alice: Client, alice: User, meter: Sensor, now: datetime) -> None:
    store_weeks(meter, now, constant(0.5))
    garage = make_sensor(make_device(alice, "Garage"))
    store_weeks(garage, now, constant(1.0))
    assert "<strong>36.00 kWh</strong>" in show(as_alice)
    page = show(as_alice, of=garage.device_id)
    assert "<strong>24.00 kWh</strong>" in page
    assert f'<option value="{garage.device_id}" selected>Garage</option>' in page
    assert f'name="of" value="{garage.device_id}"' in page
    assert f"of={garage.device_id}&amp;" in page or f"of={garage.device_id}#" in page


def test_one_meter_of_a_device_has_its_own_limit(
    as_alice: Client, meter: Sensor, now: datetime
) -> None:
    store_weeks(meter, now, constant(0.5))
    wall_box = make_sensor(meter.device, "Wall box", max_power_kw="1")
    store_weeks(wall_box, now, constant(0.25))
    together = show(as_alice)
    assert "<strong>18.00 kWh</strong>" in together
    assert "under the limit of 5 kW" in together
    assert "This is for several meters together." in together
    alone = show(as_alice, of=wall_box.uuid)
    assert "<strong>6.00 kWh</strong>" in alone
    assert "under the limit of 1 kW" in alone
    assert "This is for several meters together." not in alone
    assert f'<option value="{wall_box.uuid}" selected>Wall box</option>' in alone
    assert f"of={wall_box.uuid}" in alone  # presets stay with the meter


def test_choice_keeps_the_appliance(as_alice: Client, meter: Sensor, now: datetime) -> None:
    store_weeks(meter, now, constant(0.5))
    make_sensor(meter.device, "Wall box")
    page = show(as_alice, duration_minutes=75, kwh="1.5", earliest="22:00", latest="07:00")
    choice = page[page.index('<form class="search"') : page.index('id="forecast-of"')]
    for name, value in {"duration_minutes": "75", "kwh": "1.5", "earliest": "22:00"}.items():
        assert f'<input type="hidden" name="{name}" value="{value}">' in choice


def test_without_a_choice_none_is_offered(as_alice: Client, meter: Sensor, now: datetime) -> None:
    store_weeks(meter, now, constant(0.5))
    assert "<select" not in show(as_alice)


def test_empty_choice_is_all(as_alice: Client, meter: Sensor, now: datetime) -> None:
    store_weeks(meter, now, constant(0.5))
    assert "<strong>12.00 kWh</strong>" in show(as_alice, of="")


@pytest.mark.parametrize("chosen", ["x", "-1", "²", "9" * 30, "999999", str(UUID(int=1))])
def test_unknown_choice(as_alice: Client, meter: Sensor, chosen: str) -> None:
    assert as_alice.get(ADDRESS, {"of": chosen}).status_code == HTTPStatus.NOT_FOUND


def test_outsider_finds_nothing(as_charlie: Client, flat: Device, meter: Sensor) -> None:
    for chosen in (str(flat.pk), str(meter.uuid)):
        response = as_charlie.get(ADDRESS, {"of": chosen})
        assert response.status_code == HTTPStatus.NOT_FOUND


@pytest.mark.django_db
def test_anonymous_is_asked_to_log_in(client: Client) -> None:
    assert client.get(ADDRESS).headers["Location"] == f"/accounts/login/?next={ADDRESS}"


def test_wrong_method(as_alice: Client) -> None:
    assert as_alice.post(ADDRESS).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_navigation_leads_here(as_alice: Client) -> None:
    assert f'<a href="{ADDRESS}" aria-current="page">' in show(as_alice)


@pytest.mark.parametrize("sensors", [1, 30])
def test_queries_do_not_grow_with_sensors(
    as_alice: Client,
    meter: Sensor,
    now: datetime,
    django_assert_max_num_queries: Any,
    sensors: int,
) -> None:
    store_weeks(meter, now, constant(0.5))
    for number in range(1, sensors):
        make_sensor(meter.device, f"Meter {number}")
    with django_assert_max_num_queries(9):
        show(as_alice)


# --- The comparison


def compare(user: User, now: datetime) -> str:
    ids = get_scope(user=user).sensor_ids
    comparison = get_comparison(sensor_ids=ids, now=now, zone=UTC_ZONE)
    text = render_to_string("monitoring/comparison.html", {"comparison": comparison})
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_comparison_of_a_household(alice: User, meter: Sensor) -> None:
    now = datetime(2026, 3, 10, 12, tzinfo=UTC_ZONE)
    today = now.replace(hour=0)
    store_weeks(meter, now, lambda at: 0.6 if at >= today else 0.5, days=45)
    text = compare(alice, now)
    assert "7.20 kWh" in text
    assert "20% more than usual by now (6.00 kWh)" in text
    assert "1% more than last month up to the same day (114.00 kWh)" in text
    assert "than a year ago" not in text
    assert "Forecast for the whole month" in text
    assert "0.50 kW" in text
    assert "that is 4,380 kWh a year" in text


def test_comparison_without_readings(charlie: User, now: datetime) -> None:
    assert "Once your meters have sent readings" in compare(charlie, now)


@pytest.mark.parametrize(
    ("kwh", "before_kwh", "words"),
    [
        (5.0, 0.0, ""),
        (5.0, 5.0, "the same as usual by now (5.00 kWh)"),
        (4.98, 5.0, "the same as usual by now (5.00 kWh)"),
        (5.6, 5.0, "12% more than usual by now (5.00 kWh)"),
        (0.02, 5.0, "100% less than usual by now (5.00 kWh)"),
    ],
)
def test_change_in_words(kwh: float, before_kwh: float, words: str) -> None:
    change = Compared(kwh=kwh, compared_kwh=kwh, reference_kwh=before_kwh)
    assert than_usual(change).replace("\N{NO-BREAK SPACE}", " ") == words


@pytest.mark.parametrize(
    ("compared_kwh", "words"),
    [
        (9.96, "the same as usual by now (9.96 kWh)"),
        (9.94, "9.94 kWh of it: the same as usual by now (9.94 kWh)"),
        (9.0, "9.00 kWh of it: the same as usual by now (9.00 kWh)"),
        (8.9, ""),
    ],
)
def test_change_of_a_part_says_so_or_is_not_told_beside_the_whole(
    compared_kwh: float, words: str
) -> None:
    change = Compared(kwh=10.0, compared_kwh=compared_kwh, reference_kwh=compared_kwh)
    assert than_usual(change).replace(" ", " ") == words
