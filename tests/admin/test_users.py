"""Users in the admin."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.api_tokens import create_api_token
from accounts.models import ApiToken, User
from devices.models import Device
from tests.conftest import PASSWORD

ADD = "/admin/accounts/user/add/"
LIST = "/admin/accounts/user/"
NEW = {
    "email": "Dora@Example.com",
    "name": "Dora",
    "time_zone": "Asia/Kathmandu",
    "language": "ro",
    "usable_password": "true",
    "password1": PASSWORD,
    "password2": PASSWORD,
}


def change_page(user: User) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk])


def test_new_client_can_log_in_with_the_password_given(as_administrator: Client) -> None:
    assert as_administrator.post(ADD, NEW).status_code == 302
    dora = User.objects.get(email="dora@example.com")
    assert (dora.time_zone, dora.language, dora.is_staff) == ("Asia/Kathmandu", "ro", False)
    assert dora.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"email": "ALICE@example.com"}, "email"),
        ({"email": "no address"}, "email"),
        ({"password2": "another password"}, "password2"),
        ({"password1": "12345", "password2": "12345"}, "password2"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
    ],
)
def test_bad_new_user_is_refused(
    as_administrator: Client, alice: User, changed: dict[str, str], field: str
) -> None:
    answer = as_administrator.post(ADD, {**NEW, **changed})
    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == [field]


def test_user_can_be_made_administrator_and_keeps_the_password(
    as_administrator: Client, alice: User
) -> None:
    page = as_administrator.get(change_page(alice))
    assert "../password/" in page.text
    form = {"email": alice.email, "name": "Al", "time_zone": "UTC", "language": "en"}
    tokens = {"api_tokens-TOTAL_FORMS": "0", "api_tokens-INITIAL_FORMS": "0"}
    answer = as_administrator.post(
        change_page(alice), {**form, **tokens, "is_staff": "on", "is_active": "on"}
    )
    assert answer.status_code == 302
    alice.refresh_from_db()
    assert (alice.name, alice.is_staff) == ("Al", True)
    assert alice.check_password(PASSWORD)


def test_administrator_sets_a_new_password(as_administrator: Client, alice: User) -> None:
    url = f"/admin/accounts/user/{alice.pk}/password/"
    new = "another horse battery"
    passwords = {"usable_password": "true", "password1": new, "password2": new}
    assert as_administrator.post(url, passwords).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(new)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "alice@"}, ["alice@example.com"]),
        ({"q": "Charlie"}, ["charlie@example.com"]),
        ({"is_staff__exact": "1"}, ["admin@example.com"]),
        ({"is_active__exact": "0"}, []),
    ],
)
def test_users_are_found(
    as_administrator: Client, alice: User, charlie: User, query: dict[str, str], found: list[str]
) -> None:
    page = as_administrator.get(LIST, query)
    assert [user.email for user in page.context["cl"].result_list] == found


def test_user_with_devices_is_not_deleted(
    as_administrator: Client, alice: User, flat: Device
) -> None:
    url = reverse("admin:accounts_user_delete", args=[alice.pk])
    assert "Cannot delete user" in as_administrator.get(url).text
    refused = as_administrator.post(url, {"post": "yes"})
    assert "Flat" in refused.text
    assert User.objects.filter(pk=alice.pk).exists()


def test_user_without_anything_is_deleted(as_administrator: Client, charlie: User) -> None:
    url = reverse("admin:accounts_user_delete", args=[charlie.pk])
    assert as_administrator.post(url, {"post": "yes"}).status_code == 302
    assert not User.objects.filter(pk=charlie.pk).exists()


def test_token_is_revoked_but_never_made_or_shown(as_administrator: Client, alice: User) -> None:
    token, key = create_api_token(user=alice, name="script")
    page = as_administrator.get(change_page(alice)).text
    assert token.prefix in page
    assert key not in page
    assert token.digest not in page
    form = {"email": alice.email, "time_zone": "UTC", "language": "en", "is_active": "on"}
    rows = {
        "api_tokens-TOTAL_FORMS": "1",
        "api_tokens-INITIAL_FORMS": "1",
        "api_tokens-0-id": str(token.pk),
        "api_tokens-0-user": str(alice.pk),
        "api_tokens-0-DELETE": "on",
    }
    assert as_administrator.post(change_page(alice), {**form, **rows}).status_code == 302
    assert not ApiToken.objects.exists()
