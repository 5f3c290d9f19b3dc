"""``notifications/``."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.models import Notification
from monitoring.notifications.groups import get_facts
from monitoring.notifications.outbox import as_message
from tests.conftest import Store

URL = "/api/v1/notifications/"


@pytest.fixture
def told(meter: Sensor, store: Store) -> None:
    """Three notifications: every other hour a peak."""
    store(meter, (0, 0.0), (60, 5.0), (120, 5.0), (180, 10.0), (240, 10.0), (300, 15.0))


def seqs(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [row["seq"] for row in answer.json()["results"]]


def test_notifications_come_newest_first(api: APIClient, told: None) -> None:
    assert seqs(api.get(URL)) == [3, 2, 1]


def test_notification_says_what_the_socket_says(api: APIClient, meter: Sensor, told: None) -> None:
    shown = api.get(URL).json()["results"][0]
    assert shown["started_at"] == "2026-03-10T16:00:00Z"
    one = Notification.objects.get(seq=3)
    message = as_message(one, get_facts([one.group_id])[one.group_id])
    same = set(message) - {"started_at", "ended_at", "group"}  # Z there, +00:00 here
    assert {
        name: shown["group"][name] for name in ("id", "peak_count", "power_kw", "severity")
    } == {
        "id": message["group"]["id"],
        "peak_count": 3,
        "power_kw": 5.0,
        "severity": "serious",
    }
    assert shown["group"]["started_at"] == "2026-03-10T12:00:00Z"
    assert {name: shown[name] for name in same} == {name: message[name] for name in same}
    assert (shown["is_current"], shown["read_at"]) == (True, None)


def test_device_given_away_is_not_named(api: APIClient, told: None, charlie: User) -> None:
    Device.objects.update(owner=charlie)
    shown = api.get(URL).json()["results"][0]
    message = as_message(Notification.objects.get(seq=3))
    for told_of in (shown, message):
        assert (told_of["device"], told_of["sensor"], told_of["seq"]) == ("", "", 3)


def test_after_gives_what_came_since_oldest_first(api: APIClient, told: None) -> None:
    assert seqs(api.get(URL, {"after": 0})) == [1, 2, 3]
    assert seqs(api.get(URL, {"after": 2})) == [3]
    assert seqs(api.get(URL, {"after": 3})) == []


@pytest.mark.parametrize(("after", "expected"), [("", [3, 2, 1]), ("&after=0", [1, 2, 3])])
def test_pages_keep_their_order(
    api: APIClient, told: None, after: str, expected: list[int]
) -> None:
    following: str | None = f"{URL}?page_size=1{after}"
    seen: list[int] = []
    while following:
        page = api.get(following)
        seen += seqs(page)
        following = page.json()["next"]
    assert seen == expected


def test_nobodys_list_is_empty(api: APIClient) -> None:
    assert api.get(URL).json() == {"next": None, "results": []}


def test_nobody_sees_anothers_not_even_an_administrator(
    outsider: APIClient, administrators_api: APIClient, told: None
) -> None:
    assert seqs(outsider.get(URL)) == []
    assert seqs(administrators_api.get(URL, {"after": 0})) == []


@pytest.mark.parametrize("after", ["-1", "x", "", "1.5", "9223372036854775808", "9" * 5000])
def test_bad_after_is_named(api: APIClient, after: str) -> None:
    answer = api.get(URL, {"after": after})
    assert (answer.status_code, list(answer.json())) == (400, ["after"])


def test_notifications_are_only_read(api: APIClient) -> None:
    assert api.post(URL).status_code == 405


def test_number_of_queries_does_not_depend_on_notifications(
    api: APIClient, meter: Sensor, store: Store, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    api.get(URL)  # notes that the token was used
    store(meter, (0, 0.0), (1, 1.0))
    with django_assert_num_queries(3):  # token; notifications with all that they name
        api.get(URL)
    store(meter, *((minute, (minute + 1) // 2) for minute in range(2, 101)))
    with django_assert_num_queries(3):
        assert len(api.get(URL).json()["results"]) == 50
