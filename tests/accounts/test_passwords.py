"""Changing a password, and setting a new one by email."""

import re
from http import HTTPStatus

import pytest
from django.core import mail
from django.test import Client
from django.utils import translation

from accounts.models import User
from tests.conftest import PASSWORD

NEW_PASSWORD = "violet tractor anthem"
RESET = "/accounts/password-reset/"
CHANGE = "/accounts/password-change/"


def follow_the_link(client: Client) -> str:
    """Opens the link in the newest email. Returns the address of the form behind it."""
    found = re.search(r"https?://testserver(/\S+)", str(mail.outbox[-1].body))
    assert found
    return client.get(found[1], follow=True).redirect_chain[-1][0]


def test_reset_by_email_sets_a_new_password(client: Client, alice: User) -> None:
    response = client.post(RESET, {"email": "Alice@example.com"}, follow=True)
    assert "Check your email" in response.content.decode()
    assert mail.outbox[0].to == ["alice@example.com"]
    assert mail.outbox[0].subject == "Set a new password for your energy account"
    assert "Hello Alice," in str(mail.outbox[0].body)

    data = {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    response = client.post(follow_the_link(client), data, follow=True)
    assert "You can log in with your new password now." in response.content.decode()
    alice.refresh_from_db()
    assert alice.check_password(NEW_PASSWORD)


def test_link_works_once(client: Client, alice: User) -> None:
    client.post(RESET, {"email": alice.email})
    address = follow_the_link(client)
    data = {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    client.post(address, data)
    found = re.search(r"https?://testserver(/\S+)", str(mail.outbox[-1].body))
    assert found
    assert "This link no longer works" in client.get(found[1], follow=True).content.decode()


@pytest.mark.django_db
def test_unknown_address_gets_no_email_and_the_same_answer(client: Client) -> None:
    response = client.post(RESET, {"email": "nobody@example.com"}, follow=True)
    assert "Check your email" in response.content.decode()
    assert not mail.outbox


def test_email_is_in_its_readers_language(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "django.contrib.auth.forms.loader.render_to_string",
        lambda *_: translation.get_language(),
    )
    User.objects.update(language="ro")
    client.post(RESET, {"email": alice.email}, headers={"accept-language": "en"})
    assert (mail.outbox[0].subject, mail.outbox[0].body) == ("ro", "ro")


def test_email_is_romanian_for_who_reads_it(client: Client, alice: User) -> None:
    User.objects.update(language="ro")
    client.post(RESET, {"email": alice.email}, headers={"accept-language": "en"})
    sent = mail.outbox[0]
    assert sent.subject == "Stabiliți o parolă nouă pentru contul dumneavoastră de energie"
    assert sent.body.startswith("Bună ziua, Alice,\n\nCineva, probabil dumneavoastră,")


def test_weak_password_is_refused(client: Client, alice: User) -> None:
    client.post(RESET, {"email": alice.email})
    data = {"new_password1": "password", "new_password2": "password"}
    response = client.post(follow_the_link(client), data)
    assert "This password is too common." in response.content.decode()


def test_change_asks_for_the_old_password(as_alice: Client, alice: User) -> None:
    data = {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    response = as_alice.post(CHANGE, data | {"old_password": "wrong"})
    assert response.status_code == HTTPStatus.OK
    response = as_alice.post(CHANGE, data | {"old_password": PASSWORD}, follow=True)
    assert "Password changed" in response.content.decode()
    alice.refresh_from_db()
    assert alice.check_password(NEW_PASSWORD)


def test_change_logs_out_the_other_sessions(as_alice: Client, alice: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(alice)
    new = {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    as_alice.post(CHANGE, {"old_password": PASSWORD, **new})
    assert as_alice.get("/devices/").status_code == HTTPStatus.OK
    assert elsewhere.get("/devices/").status_code == HTTPStatus.FOUND


@pytest.mark.django_db
@pytest.mark.parametrize("path", [CHANGE, "/accounts/password-change/done/"])
def test_anonymous_is_asked_to_log_in(client: Client, path: str) -> None:
    assert client.get(path).headers["Location"] == f"/accounts/login/?next={path}"


@pytest.mark.django_db
@pytest.mark.parametrize("path", [RESET, f"{RESET}sent/", f"{RESET}done/", f"{RESET}MQ/nonsense/"])
def test_reset_pages_are_open_to_all(client: Client, path: str) -> None:
    assert client.get(path).status_code == HTTPStatus.OK
