"""Logging in and out."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from axes.models import AccessAttempt
from django.test import Client

from accounts.models import User
from accounts.templatetags.durations import minutes
from tests.conftest import PASSWORD

LOGIN = "/accounts/login/"
OK, FOUND = HTTPStatus.OK, HTTPStatus.FOUND


def log_in(client: Client, email: str, password: str = PASSWORD, path: str = LOGIN) -> int:
    return client.post(path, {"username": email, "password": password}).status_code


def is_logged_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.django_db
def test_form_has_the_usual_names_for_password_managers(client: Client) -> None:
    page = client.get(LOGIN).content.decode()
    assert 'name="login"' in page
    assert '<input type="email" name="username"' in page
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert "Email address" in page


@pytest.mark.parametrize("email", ["alice@example.com", " Alice@Example.COM "])
def test_email_address_in_any_case_logs_in(client: Client, alice: User, email: str) -> None:
    assert log_in(client, email) == FOUND
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_client_lands_on_the_overview(client: Client, alice: User) -> None:
    response = client.post(LOGIN, {"username": alice.email, "password": PASSWORD})
    assert response.headers["Location"] == "/"


def test_administrator_lands_in_the_administration(client: Client, administrator: User) -> None:
    response = client.post(LOGIN, {"username": administrator.email, "password": PASSWORD})
    assert response.headers["Location"] == "/admin/"


def test_whoever_is_logged_in_is_led_on(as_alice: Client) -> None:
    assert as_alice.get(LOGIN).headers["Location"] == "/"


@pytest.mark.parametrize(
    ("target", "lands_on"),
    [
        ("/alerts/", "/alerts/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_next_leads_to_a_page_of_this_site_only(
    client: Client, alice: User, target: str, lands_on: str
) -> None:
    data = {"username": alice.email, "password": PASSWORD, "next": target}
    assert client.post(LOGIN, data).headers["Location"] == lands_on


def test_wrong_password_and_unknown_address_look_the_same(client: Client, alice: User) -> None:
    wrong = client.post(LOGIN, {"username": alice.email, "password": "wrong"})
    unknown = client.post(LOGIN, {"username": "nobody@example.com", "password": "wrong"})
    assert wrong.status_code == unknown.status_code == OK
    assert wrong.context["form"].non_field_errors() == unknown.context["form"].non_field_errors()


def test_inactive_user_does_not_get_in(client: Client, alice: User) -> None:
    User.objects.update(is_active=False)
    assert log_in(client, alice.email) == OK
    assert not is_logged_in(client)


def test_password_is_hashed_with_argon2(alice: User) -> None:
    assert alice.password.startswith("argon2$argon2id$")


def test_five_failures_lock_the_login_even_for_the_right_password(
    client: Client, alice: User
) -> None:
    statuses = [log_in(client, alice.email, "wrong") for _ in range(5)]
    assert statuses == [OK, OK, OK, OK, HTTPStatus.TOO_MANY_REQUESTS]
    response = client.post(LOGIN, {"username": alice.email, "password": PASSWORD})
    assert response.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert "Wait 15 minutes, then try again." in response.content.decode()
    assert not is_logged_in(client)


@pytest.mark.parametrize("path", [LOGIN, "/admin/login/"])
def test_failures_count_whatever_the_spelling(client: Client, alice: User, path: str) -> None:
    for email in ("alice", "Alice", "aLice", "alIce", "aliCe"):
        log_in(client, f"{email}@example.com", "wrong", path)
    assert log_in(client, alice.email, path=path) == HTTPStatus.TOO_MANY_REQUESTS


def test_lockout_of_one_leaves_the_others_alone(client: Client, alice: User, charlie: User) -> None:
    for _ in range(5):
        log_in(client, alice.email, "wrong")
    assert log_in(client, charlie.email) == FOUND


def test_login_works_again_after_the_wait(client: Client, alice: User) -> None:
    for _ in range(5):
        log_in(client, alice.email, "wrong")
    attempt = AccessAttempt.objects.get()
    attempt.attempt_time -= timedelta(minutes=16)
    attempt.save()
    assert log_in(client, alice.email) == FOUND


def test_login_forgets_earlier_failures(client: Client, alice: User) -> None:
    for _ in range(4):
        log_in(client, alice.email, "wrong")
    log_in(client, alice.email)
    client.logout()
    assert log_in(client, alice.email, "wrong") == OK


@pytest.mark.parametrize(
    ("duration", "words"),
    [(timedelta(minutes=15), "15 minutes"), (timedelta(seconds=1), "1 minute")],
)
def test_wait_is_told_in_words(duration: timedelta, words: str) -> None:
    assert minutes(duration) == words


def test_logout_takes_a_post(as_alice: Client) -> None:
    assert as_alice.get("/accounts/logout/").status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert is_logged_in(as_alice)
    assert as_alice.post("/accounts/logout/").headers["Location"] == LOGIN
    assert not is_logged_in(as_alice)


def test_form_from_another_site_is_refused(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(LOGIN, {"username": alice.email, "password": PASSWORD})
    assert response.status_code == HTTPStatus.FORBIDDEN
    assert "Please try again" in response.content.decode()
