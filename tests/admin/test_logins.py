"""Failed logins and logins in the admin."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import FailedLogin, Login, User
from tests.conftest import PASSWORD

FAILED = "/admin/accounts/failedlogin/"
LOGINS = "/admin/accounts/login/"


@pytest.fixture
def locked(alice: User) -> Client:
    """Somebody who has tried to log in as alice until it was no use any more."""
    visitor = Client()
    for _ in range(5):
        log_in(visitor, "wrong")
    return visitor


def log_in(client: Client, password: str) -> int:
    form = {"username": "alice@example.com", "password": password}
    return client.post("/accounts/login/", form).status_code


def test_administrator_lets_somebody_try_again(as_administrator: Client, locked: Client) -> None:
    assert log_in(locked, PASSWORD) == 429
    page = as_administrator.get(FAILED)
    assert "alice@example.com" in page.text
    (entry,) = page.context["cl"].result_list
    assert 'alt="True"' in page.text  # locked out
    chosen = {"action": "unlock", "_selected_action": [entry.pk]}
    assert "1 login is unlocked." in as_administrator.post(FAILED, chosen, follow=True).text
    assert log_in(locked, PASSWORD) == 302


def test_lock_is_shown_while_it_lasts(as_administrator: Client, locked: Client) -> None:
    FailedLogin.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert 'alt="False"' in as_administrator.get(FAILED).text


def test_failures_count_by_whatever_browser(as_administrator: Client, locked: Client) -> None:
    by = {"username": "alice@example.com", "ip_address": "127.0.0.1"}
    FailedLogin.objects.create(**by, user_agent="another", failures_since_start=1)
    rows = as_administrator.get(FAILED).context["cl"].result_list
    assert {row.total for row in rows} == {6}


def test_logins_are_looked_at_and_never_changed(
    as_administrator: Client, alice: User, locked: Client
) -> None:
    FailedLogin.objects.all().delete()
    log_in(Client(), PASSWORD)
    assert "alice@example.com" in as_administrator.get(LOGINS).text
    for path, row in ((LOGINS, Login.objects.get(username="alice@example.com")), (FAILED, None)):
        assert as_administrator.get(f"{path}add/").status_code == 403
        if row:
            page = as_administrator.get(f"{path}{row.pk}/change/")
            assert "_save" not in page.text
            assert as_administrator.post(f"{path}{row.pk}/delete/").status_code == 403
