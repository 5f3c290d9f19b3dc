"""The page of a month's goal, and the same in the API."""

from datetime import datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.models import MonthlyGoal
from tests.figures.households import constant, store_hours, sum_up

PATH = "/goal/"
API = "/api/v1/goal/"


@pytest.fixture
def device_path(flat: Device) -> str:
    return f"/devices/{flat.pk}/goal/"


@pytest.fixture
def known(meter: Sensor, now: datetime) -> Sensor:
    """Three weeks of half a kilowatt."""
    store_hours(meter, constant(0.5), start=now - timedelta(weeks=3), end=now)
    sum_up()
    return meter


def show(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == HTTPStatus.OK
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def test_without_a_goal_it_asks_for_one(as_alice: Client) -> None:
    page = show(as_alice, PATH)
    assert "Set a goal" in page
    assert "goal-chart" not in page


@pytest.mark.parametrize(
    ("typed", "kwh"), [("200", "200"), ("199,5", "199.5"), ("1.204,5", "1204.5"), ("0,001", ".001")]
)
def test_goal_is_set_changed_and_removed(
    as_alice: Client, alice: User, typed: str, kwh: str
) -> None:
    answer = as_alice.post(PATH, {"kwh": typed}, follow=True)
    assert "Your goal has been saved." in answer.content.decode()
    assert MonthlyGoal.objects.get(user=alice, device=None).kwh == Decimal(kwh)
    as_alice.post(PATH, {"kwh": "7"})
    assert MonthlyGoal.objects.get(user=alice).kwh == 7
    assert "You have no goal." in as_alice.post(PATH, {"kwh": ""}, follow=True).content.decode()
    assert not MonthlyGoal.objects.exists()


@pytest.mark.parametrize("typed", ["0", "-3", "many", "1e9", "10000001", "1.2345", "nan"])
def test_nonsense_is_refused(as_alice: Client, typed: str) -> None:
    answer = as_alice.post(PATH, {"kwh": typed})
    assert "errorlist" in answer.content.decode()
    assert not MonthlyGoal.objects.exists()


def test_course_is_told(as_alice: Client, known: Sensor, device_path: str) -> None:
    for path in (PATH, device_path):
        as_alice.post(path, {"kwh": "100000"})
        page = show(as_alice, path)
        assert "100,000.00 kWh" in page
        assert "At your usual pace, you will stay under the goal this month." in page
        assert "Forecast for the whole month" in page
        as_alice.post(path, {"kwh": "10"})
        assert "At your usual pace, you will exceed the goal this month." in show(
            as_alice, path
        ) or ("You have used more than your goal." in show(as_alice, path))


def test_goals_are_apart_by_device_and_user(
    as_alice: Client, as_charlie: Client, flat: Device, device_path: str
) -> None:
    as_alice.post(PATH, {"kwh": "200"})
    as_alice.post(device_path, {"kwh": "90"})
    as_charlie.post(PATH, {"kwh": "30"})
    assert sorted(MonthlyGoal.objects.values_list("kwh", flat=True)) == [30, 90, 200]
    assert 'value="200"' in show(as_alice, PATH)
    assert 'value="90"' in show(as_alice, device_path)
    assert f"For {flat.description} only." in show(as_alice, device_path)


def test_database_keeps_one_goal_each(alice: User, flat: Device) -> None:
    for device in (None, flat):
        MonthlyGoal.objects.create(user=alice, device=device, kwh=Decimal(5))
        with pytest.raises(IntegrityError), transaction.atomic():
            MonthlyGoal.objects.create(user=alice, device=device, kwh=Decimal(6))


def test_others(client: Client, as_charlie: Client, device_path: str) -> None:
    for path in (PATH, device_path):
        assert client.get(path).headers["Location"] == f"/accounts/login/?next={path}"
        assert client.post(path, {"kwh": 5}).headers["Location"].startswith("/accounts/login/")
    assert as_charlie.get(device_path).status_code == HTTPStatus.NOT_FOUND
    assert as_charlie.post(device_path, {"kwh": 5}).status_code == HTTPStatus.NOT_FOUND
    assert as_charlie.delete(PATH).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_api_tells_and_sets(as_alice: Client, known: Sensor, flat: Device) -> None:
    assert as_alice.get(API).json() == {
        "device_id": None,
        "time_zone": "UTC",
        "kwh": None,
        "course": None,
    }
    for query, device_id in (("", None), (f"?device={flat.pk}", flat.pk)):
        answer = as_alice.put(API + query, {"kwh": 500}, content_type="application/json")
        found = answer.json()
        assert (found["kwh"], found["device_id"]) == (500, device_id)
        course = found["course"]
        parts = course["known_kwh"] + (course["gap_kwh"] or 0)
        assert course["left_kwh"] == pytest.approx(500 - parts, abs=0.01)
        assert as_alice.get(API + query).json()["kwh"] == 500
    assert as_alice.put(API, {"kwh": None}, content_type="application/json").json()["kwh"] is None
    assert MonthlyGoal.objects.count() == 1


@pytest.mark.parametrize("body", [{}, {"kwh": 0}, {"kwh": "many"}, {"kwh": 1e12}])
def test_api_refuses(as_alice: Client, body: dict[str, Any]) -> None:
    answer = as_alice.put(API, body, content_type="application/json")
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert list(answer.json()) == ["kwh"]


def test_api_of_others(client: Client, as_charlie: Client, flat: Device) -> None:
    assert client.get(API).status_code == HTTPStatus.UNAUTHORIZED
    for ask in (as_charlie.get, as_charlie.put):
        assert ask(f"{API}?device={flat.pk}").status_code == HTTPStatus.NOT_FOUND


def test_few_queries(as_alice: Client, known: Sensor, django_assert_max_num_queries: Any) -> None:
    as_alice.post(PATH, {"kwh": "100"})
    with django_assert_max_num_queries(10):
        show(as_alice, PATH)
