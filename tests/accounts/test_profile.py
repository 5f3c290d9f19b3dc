"""The page of one's own account."""

import re
from http import HTTPStatus

import pytest
from django.test import Client

from accounts.models import User
from accounts.time_zones import list_time_zones

PROFILE = "/accounts/profile/"
CHOICES = {"name": "Alice B.", "time_zone": "Europe/Bucharest", "language": "ro"}


def test_shows_who_you_are(as_alice: Client) -> None:
    page = as_alice.get(PROFILE).content.decode()
    assert 'value="Alice"' in page
    assert "You log in as alice@example.com." in page
    assert '<optgroup label="Europe">' in page


def test_ids_are_unique(as_alice: Client) -> None:
    ids = re.findall(r'\sid="([^"]+)"', as_alice.get(PROFILE).content.decode())
    assert len(ids) == len(set(ids))


def test_saves_name_time_zone_and_language(as_alice: Client, alice: User) -> None:
    response = as_alice.post(PROFILE, CHOICES)
    assert response.headers["Location"] == PROFILE
    alice.refresh_from_db()
    assert {field: getattr(alice, field) for field in CHOICES} == CHOICES
    assert as_alice.get(PROFILE).headers["Content-Language"] == "ro"


@pytest.mark.parametrize(("field", "value"), [("time_zone", "Mars/Base"), ("language", "tlh")])
def test_refuses_what_does_not_exist(as_alice: Client, alice: User, field: str, value: str) -> None:
    response = as_alice.post(PROFILE, CHOICES | {field: value})
    assert response.status_code == HTTPStatus.OK
    assert field in response.context["profile_form"].errors
    alice.refresh_from_db()
    assert alice.name == "Alice"


def test_nobody_makes_themselves_an_administrator(as_alice: Client, alice: User) -> None:
    as_alice.post(PROFILE, CHOICES | {"is_staff": "on", "email": "root@example.com"})
    alice.refresh_from_db()
    assert (alice.is_staff, alice.email) == (False, "alice@example.com")


@pytest.mark.django_db
def test_anonymous_is_asked_to_log_in(client: Client) -> None:
    assert client.get(PROFILE).headers["Location"] == f"/accounts/login/?next={PROFILE}"


def test_wrong_method(as_alice: Client) -> None:
    assert as_alice.delete(PROFILE).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_time_zones_stand_by_region_with_the_present_one() -> None:
    zones = list_time_zones("EST5EDT")
    assert zones[:2] == [("UTC", "UTC"), ("EST5EDT", "EST5EDT")]
    regions = {label: choices for label, choices in zones[2:] if not isinstance(choices, str)}
    assert ("America/Argentina/Buenos_Aires", "Argentina, Buenos Aires") in regions["America"]
    assert "Etc" not in regions


def test_present_time_zone_is_not_listed_twice() -> None:
    assert [label for label, _ in list_time_zones("Europe/Rome")].count("Europe/Rome") == 0
    assert [label for label, _ in list_time_zones("UTC")].count("UTC") == 1
