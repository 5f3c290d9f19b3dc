"""``comparison/``, ``forecast/`` and ``best-start/``."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import User
from devices.models import Sensor
from tests.conftest import make_device, make_sensor
from tests.figures.households import constant, store_hours, sum_up

COMPARISON, FORECAST, BEST_START = (
    f"/api/v1/{name}/" for name in ("comparison", "forecast", "best-start")
)
WASH = {"duration_minutes": "120", "kwh": "2"}
ALL = [(COMPARISON, {}), (FORECAST, {}), (BEST_START, WASH)]


@pytest.fixture
def household(meter: Sensor) -> Sensor:
    """Alice's meter with four weeks of 0.5 kW up to now."""
    now = datetime.now(UTC)
    store_hours(meter, constant(0.5), start=now - timedelta(days=28), end=now)
    sum_up()
    return meter


def get(api: APIClient, address: str, **parameters: Any) -> dict[str, Any]:
    answer = api.get(address, parameters)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_comparison(api: APIClient, household: Sensor) -> None:
    found = get(api, COMPARISON)
    assert found["time_zone"] == "UTC"
    assert found["base_load_kw"] == 0.5
    today = found["today"]
    assert today["kwh"] == pytest.approx(today["reference_kwh"], abs=0.01)
    assert today["change_percent"] == pytest.approx(0, abs=0.5)
    assert found["month_to_last_year"]["change_percent"] is None
    month = found["month_projection"]
    assert month["low_kwh"] <= month["kwh"] <= month["high_kwh"]


def test_forecast(api: APIClient, household: Sensor) -> None:
    found = get(api, FORECAST)
    assert len(found["results"]) == 24
    assert {row["kwh"] for row in found["results"]} == {0.5}
    assert found["total"] == {"kwh": 12.0, "low_kwh": 12.0, "high_kwh": 12.0}
    assert (found["known_days"], found["needed_days"], found["range_percent"]) == (28, 10, 80)
    test = found["backtest"]
    assert (test["days"], test["hours"], test["mean_day_kwh"]) == (14, 336, 12.0)
    assert test["forecast"] == {"hour_mae_kwh": 0.0, "day_mae_kwh": 0.0, "wape_percent": 0.0}
    assert not test["is_better_than_naive"]  # of a constant household both naive ones are right


def test_best_start(api: APIClient, household: Sensor) -> None:
    now = datetime.now(UTC)
    opens, closes = now + timedelta(hours=3), now + timedelta(hours=12)
    window = {"earliest": f"{opens:%H}:00", "latest": f"{closes:%H}:00"}
    found = get(api, BEST_START, **WASH, **window)["best"]
    assert found["start"] == f"{opens:%Y-%m-%dT%H}:00:00+00:00"  # all are as good: the first
    assert datetime.fromisoformat(found["end"]) - datetime.fromisoformat(
        found["start"]
    ) == timedelta(hours=2)
    assert (found["programme_kw"], found["peak_kw"], found["limit_kw"]) == (1.0, 1.5, 4.0)
    assert found["is_under_limit"]
    assert found["is_surely_under_limit"]


def test_best_start_that_exceeds_the_limit_says_so(api: APIClient, household: Sensor) -> None:
    wish = {"duration_minutes": "60", "kwh": "3.6", "sensor": str(household.uuid)}
    found = get(api, BEST_START, **wish)["best"]
    assert (found["peak_kw"], found["limit_kw"], found["is_under_limit"]) == (4.1, 4.0, False)


def test_too_little_history_is_null(api: APIClient, meter: Sensor) -> None:
    assert get(api, COMPARISON)["month_projection"] is None
    found = get(api, FORECAST)
    assert (found["results"], found["total"], found["backtest"]) == ([], None, None)
    assert get(api, BEST_START, **WASH)["best"] is None


def test_client_without_devices_is_answered(outsider: APIClient, meter: Sensor) -> None:
    assert get(outsider, COMPARISON)["today"] is None
    assert get(outsider, FORECAST)["known_days"] == 0
    assert get(outsider, BEST_START, **WASH)["best"] is None


def test_device_and_sensor_alone(api: APIClient, alice: User, household: Sensor) -> None:
    garage = make_sensor(make_device(alice, "Garage"))
    assert get(api, FORECAST, device=household.device_id)["known_days"] == 28
    assert get(api, FORECAST, sensor=str(household.uuid))["known_days"] == 28
    assert get(api, FORECAST, device=garage.device_id)["known_days"] == 0
    assert get(api, FORECAST)["total"]["kwh"] == 12.0


def test_hours_are_those_of_the_zone(api: APIClient, alice: User, household: Sensor) -> None:
    User.objects.filter(pk=alice.pk).update(time_zone="Asia/Kathmandu")
    found = get(api, FORECAST)
    assert found["time_zone"] == "Asia/Kathmandu"
    assert {row["interval_start"][13:] for row in found["results"]} == {":00:00+05:45"}
    assert get(api, FORECAST, time_zone="Europe/Bucharest")["time_zone"] == "Europe/Bucharest"


@pytest.mark.parametrize(("address", "parameters"), ALL)
def test_outsider_does_not_find_what_is_alices(
    outsider: APIClient,
    administrators_api: APIClient,
    household: Sensor,
    address: str,
    parameters: dict[str, str],
) -> None:
    for named in ({"device": str(household.device_id)}, {"sensor": str(household.uuid)}):
        assert outsider.get(address, {**parameters, **named}).status_code == 404
        assert administrators_api.get(address, {**parameters, **named}).status_code == 200
    assert outsider.get(address, {**parameters, "device": "999999"}).status_code == 404


@pytest.mark.parametrize(("address", "parameters"), ALL)
def test_anonymous_and_wrong_method(
    anonymous: Client, api: APIClient, address: str, parameters: dict[str, str]
) -> None:
    assert anonymous.get(address, parameters).status_code == 401
    assert api.post(address, parameters).status_code == 405


@pytest.mark.parametrize(
    ("address", "changed", "named", "told"),
    [
        (COMPARISON, {"device": "flat"}, "device", "a whole number from 1"),
        (COMPARISON, {"device": "0"}, "device", "a whole number from 1"),
        (FORECAST, {"sensor": "7"}, "sensor", "a UUID, such as"),
        (FORECAST, {"time_zone": "Mars/Base"}, "time_zone", "such as Europe/Bucharest"),
        (
            BEST_START,
            {"kwh": "2"},
            "duration_minutes",
            "required, for example duration_minutes=120",
        ),
        (BEST_START, {"duration_minutes": "60"}, "kwh", "required, for example kwh=1.2"),
        (BEST_START, {**WASH, "duration_minutes": "0"}, "duration_minutes", "from 1 to 1440"),
        (BEST_START, {**WASH, "duration_minutes": "1441"}, "duration_minutes", "from 1 to 1440"),
        (BEST_START, {**WASH, "kwh": "0"}, "kwh", "above 0 and up to 1000"),
        (BEST_START, {**WASH, "kwh": "-1"}, "kwh", "above 0 and up to 1000"),
        (BEST_START, {**WASH, "kwh": "1000.1"}, "kwh", "above 0 and up to 1000"),
        (BEST_START, {**WASH, "kwh": "NaN"}, "kwh", "above 0 and up to 1000"),
        (BEST_START, {**WASH, "kwh": "sNaN"}, "kwh", "above 0 and up to 1000"),
        (BEST_START, {**WASH, "kwh": "1e999999"}, "kwh", "above 0 and up to 1000"),
        (BEST_START, {**WASH, "kwh": "two"}, "kwh", "above 0 and up to 1000"),
        (BEST_START, {**WASH, "earliest": "25:00"}, "earliest", "such as 07:00"),
        (BEST_START, {**WASH, "latest": "07:00Z"}, "latest", "such as 07:00"),
        (BEST_START, {**WASH, "latest": ""}, "latest", "such as 07:00"),
        (
            BEST_START,
            {**WASH, "earliest": "06:00", "latest": "07:59"},
            "latest",
            "longer than that",
        ),
    ],
)
def test_bad_parameter_is_named_with_a_good_one(
    api: APIClient, address: str, changed: dict[str, str], named: str, told: str
) -> None:
    answer = api.get(address, changed)
    assert answer.status_code == 400, answer.content
    assert list(answer.json()) == [named]
    assert told in answer.json()[named][0]


@pytest.mark.parametrize(("address", "parameters"), ALL)
def test_queries_do_not_grow_with_sensors(
    api: APIClient,
    household: Sensor,
    address: str,
    parameters: dict[str, str],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(20):
        make_sensor(household.device, f"Meter {number}")
    api.get(address, parameters)  # notes that the token was used
    with django_assert_max_num_queries(6):  # token; sensors; days twice, of two spans
        api.get(address, parameters)
