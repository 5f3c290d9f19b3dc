"""Who is let in, by which means, and what the others are told."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.api_tokens import create_api_token
from accounts.models import User
from devices.models import Sensor

PATHS = [
    "devices/",
    "devices/1/",
    "sensors/",
    "sensors/{uuid}/",
    "sensors/{uuid}/readings/",
    "sensors/{uuid}/consumption/",
    "peaks/",
    "notifications/",
    "schema/",
]


@pytest.mark.parametrize("path", PATHS)
def test_anonymous_is_told_how_to_log_in(anonymous: Client, meter: Sensor, path: str) -> None:
    answer = anonymous.get(f"/api/v1/{path.format(uuid=meter.uuid)}")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")


def test_anonymous_cannot_send_readings(anonymous: Client, db: None) -> None:
    answer = anonymous.post("/api/v1/readings/", b"{}", content_type="application/json")
    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["nothing/", "sensors/1/nothing/", "devices/text/"])
def test_unknown_address_is_answered_as_an_unknown_sensor_is(api: APIClient, path: str) -> None:
    answer = api.get(f"/api/v1/{path}")
    assert answer.status_code == 404
    assert answer.json() == api.get("/api/v1/sensors/nobody/").json()


def test_address_without_its_last_slash_leads_to_it(api: APIClient) -> None:
    answer = api.get("/api/v1/devices")
    assert (answer.status_code, answer["Location"]) == (301, "/api/v1/devices/")


def test_session_is_let_in(as_alice: Client) -> None:
    assert as_alice.get("/api/v1/devices/").status_code == 200


def test_token_that_is_wrong_or_of_somebody_who_left_is_refused(alice: User) -> None:
    _, key = create_api_token(user=alice, name="test")
    User.objects.update(is_active=False)
    for wrong in (key, "nonsense", "", "two words"):
        client = APIClient(headers={"authorization": f"Token {wrong}"})
        assert client.get("/api/v1/devices/").status_code == 401


def test_session_needs_the_form_token_to_send(alice: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    answer = browser.post("/api/v1/readings/", b"{}", content_type="application/json")
    assert answer.status_code == 403
    assert "CSRF" in answer.json()["detail"]
