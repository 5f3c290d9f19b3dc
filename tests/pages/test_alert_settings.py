"""The page on which people choose how they hear of alerts, and the way out of the emails."""

from datetime import time
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from devices.models import Sensor
from monitoring.models import AlertEmail, AlertSettings
from monitoring.notifications.emails.choices import make_unsubscribe_token
from tests.conftest import NOON, Store

SETTINGS = "/alerts/settings/"
CHOICES = {
    "emails": "daily",
    "daily_at_hour": "18",
    "quiet_from": "22:00",
    "quiet_until": "06:30",
}


def settings_of(user: User) -> AlertSettings:
    return AlertSettings.objects.get(user=user)


def unsubscribe_path(user: User) -> str:
    return f"/alerts/unsubscribe/{make_unsubscribe_token(user.pk)}/"


def test_emails_are_off_until_somebody_wants_them(as_alice: Client) -> None:
    page = as_alice.get(SETTINGS)
    assert '<option value="off" selected>No emails</option>' in page.content.decode()
    assert not AlertSettings.objects.exists()


def test_saves_choices(as_alice: Client, alice: User) -> None:
    response = as_alice.post(SETTINGS, CHOICES)
    assert response.headers["Location"] == SETTINGS
    stored = settings_of(alice)
    assert (stored.emails, stored.daily_at_hour) == ("daily", 18)
    assert stored.quiet_hours == (time(22), time(6, 30))
    page = as_alice.get(SETTINGS).content.decode()
    assert 'value="22:00"' in page
    assert '<option value="18" selected>18:00</option>' in page


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"emails": "hourly"}, "emails"),
        ({"daily_at_hour": "24"}, "daily_at_hour"),
        ({"quiet_from": ""}, "quiet_from"),
        ({"quiet_until": ""}, "quiet_until"),
        ({"quiet_until": "22:00"}, "quiet_until"),
        ({"quiet_from": "25:00"}, "quiet_from"),
    ],
)
def test_refuses_nonsense(as_alice: Client, change: dict[str, str], field: str) -> None:
    response = as_alice.post(SETTINGS, CHOICES | change)
    assert response.status_code == HTTPStatus.OK
    assert list(response.context["form"].errors) == [field]
    assert not AlertSettings.objects.exists()


def test_pause_between_alerts_is_none_until_somebody_wants_one(
    as_alice: Client, alice: User
) -> None:
    as_alice.post(SETTINGS, CHOICES)
    assert settings_of(alice).pause_minutes == 0
    as_alice.post(SETTINGS, {**CHOICES, "pause_minutes": "360"})
    assert settings_of(alice).pause_minutes == 360
    assert '<option value="360" selected>6 hours</option>' in as_alice.get(SETTINGS).text
    refused = as_alice.post(SETTINGS, {**CHOICES, "pause_minutes": "7"})
    assert "pause_minutes" in refused.context["form"].errors


def test_quiet_hours_may_be_left_out(as_alice: Client, alice: User) -> None:
    as_alice.post(SETTINGS, CHOICES | {"quiet_from": "", "quiet_until": ""})
    assert settings_of(alice).quiet_hours is None


def test_what_came_while_emails_were_off_is_not_sent(
    as_alice: Client, alice: User, meter: Sensor, store: Store
) -> None:
    store(meter, (0, 0.0), (30, 3.0))
    as_alice.post(SETTINGS, CHOICES)
    assert settings_of(alice).emailed_seq == 1


def test_other_choices_do_not_lose_what_waits(
    as_alice: Client, alice: User, meter: Sensor, store: Store
) -> None:
    as_alice.post(SETTINGS, CHOICES)
    store(meter, (0, 0.0), (30, 3.0))
    AlertSettings.objects.update(not_before=NOON)
    as_alice.post(SETTINGS, CHOICES | {"emails": "at_once"})
    assert settings_of(alice).emailed_seq == 0
    assert settings_of(alice).not_before is None


def test_nobody_changes_somebody_elses(as_charlie: Client, alice: User, charlie: User) -> None:
    as_charlie.post(SETTINGS, CHOICES | {"user": alice.pk})
    assert AlertSettings.objects.get().user == charlie


@pytest.mark.django_db
def test_anonymous_is_asked_to_log_in(client: Client) -> None:
    assert client.get(SETTINGS).headers["Location"] == f"/accounts/login/?next={SETTINGS}"


def test_wrong_method(as_alice: Client, alice: User) -> None:
    assert as_alice.put(SETTINGS).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert as_alice.put(unsubscribe_path(alice)).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_number_of_queries(
    as_alice: Client, alice: User, django_assert_max_num_queries: Any
) -> None:
    AlertSettings.objects.create(user=alice)
    with django_assert_max_num_queries(5):
        as_alice.get(SETTINGS)


def test_account_page_leads_there(as_alice: Client) -> None:
    assert f'href="{SETTINGS}"' in as_alice.get("/accounts/profile/").content.decode()


# --- The way out of the emails


def test_unsubscribing_asks_first(client: Client, alice: User) -> None:
    AlertSettings.objects.create(user=alice, emails="at_once")
    page = client.get(unsubscribe_path(alice))
    assert "Stop alert emails" in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    assert settings_of(alice).emails == "at_once"


def test_unsubscribing_stops_what_waits_too(alice: User, charlie: User) -> None:
    for user in (alice, charlie):
        AlertSettings.objects.create(user=user, emails="at_once")
        AlertEmail.objects.create(
            user=user, after_seq=0, up_to_seq=1, created_at=NOON, not_before=NOON
        )
    # A mail program has no cookie and no CSRF token (RFC 8058).
    client = Client(enforce_csrf_checks=True)
    response = client.post(unsubscribe_path(alice), {"List-Unsubscribe": "One-Click"})
    assert response.status_code == HTTPStatus.OK
    assert "No more emails" in response.content.decode()
    assert settings_of(alice).emails == "off"
    assert alice.alert_emails.get().state == "needless"
    assert settings_of(charlie).emails == "at_once"
    assert charlie.alert_emails.get().state == "waiting"


def test_unsubscribing_twice_does_no_harm(client: Client, alice: User) -> None:
    for _ in range(2):
        assert client.post(unsubscribe_path(alice)).status_code == HTTPStatus.OK


@pytest.mark.parametrize("token", ["x", "1", "WzFd:1:abc"])
@pytest.mark.django_db
def test_forged_token_is_not_found(client: Client, token: str) -> None:
    for ask in (client.get, client.post):
        assert ask(f"/alerts/unsubscribe/{token}/").status_code == HTTPStatus.NOT_FOUND


def test_token_for_something_else_is_not_found(client: Client, alice: User) -> None:
    from django.core import signing

    other = signing.dumps(alice.pk, salt="something.else")
    assert client.post(f"/alerts/unsubscribe/{other}/").status_code == HTTPStatus.NOT_FOUND
