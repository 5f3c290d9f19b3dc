"""API tokens: made, shown once, revoked by their owner only."""

import re
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIRequestFactory

from accounts.api_tokens import ApiTokenAuthentication, create_api_token
from accounts.models import ApiToken, User

PROFILE = "/accounts/profile/"
TOKENS = "/accounts/tokens/"


def revocation_of(token: ApiToken) -> str:
    return f"{TOKENS}{token.pk}/revoke/"


def create_in_browser(client: Client) -> str:
    """Makes a token on the page. Returns the key that the page shows."""
    response = client.post(TOKENS, {"name": "Home Assistant"})
    assert "no-store" in response.headers["Cache-Control"]
    found = re.search(r'id="token-key">([^<]+)<', response.content.decode())
    assert found
    return found[1]


def test_key_is_shown_once_and_stored_hashed(as_alice: Client, alice: User) -> None:
    key = create_in_browser(as_alice)
    token = alice.api_tokens.get()
    stored = " ".join(str(value) for value in vars(token).values())
    page = as_alice.get(PROFILE).content.decode()
    assert key not in stored
    assert key not in page
    assert key[:8] in page
    assert "Home Assistant" in page
    assert "never used" in page


def test_key_opens_the_api(as_alice: Client, alice: User) -> None:
    key = create_in_browser(as_alice)
    request: Any = APIRequestFactory().get("/", HTTP_AUTHORIZATION=f"Token {key}")
    found = ApiTokenAuthentication().authenticate(request)
    assert found is not None
    assert found[0] == alice
    assert "last used" in as_alice.get(PROFILE).content.decode()


def test_token_needs_a_name(as_alice: Client, alice: User) -> None:
    response = as_alice.post(TOKENS, {"name": ""})
    assert response.context["token_form"].errors
    assert not alice.api_tokens.exists()


def test_revoked_token_is_gone(as_alice: Client, alice: User) -> None:
    token, _ = create_api_token(user=alice, name="Old")
    response = as_alice.post(revocation_of(token), follow=True)
    assert "The token “Old” has been revoked." in response.content.decode()
    assert not alice.api_tokens.exists()


def test_somebody_elses_token_is_neither_listed_nor_revoked(
    as_charlie: Client, as_administrator: Client, alice: User
) -> None:
    token, _ = create_api_token(user=alice, name="Alice's secret")
    for client in (as_charlie, as_administrator):
        assert "secret" not in client.get(PROFILE).content.decode()
        assert client.post(revocation_of(token)).status_code == HTTPStatus.NOT_FOUND
    assert alice.api_tokens.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("path", [TOKENS, f"{TOKENS}1/revoke/"])
def test_anonymous_is_asked_to_log_in(client: Client, path: str) -> None:
    assert client.post(path).headers["Location"] == f"/accounts/login/?next={path}"


@pytest.mark.parametrize("path", [TOKENS, f"{TOKENS}1/revoke/"])
def test_wrong_method(as_alice: Client, path: str) -> None:
    assert as_alice.get(path).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_queries_do_not_grow_with_tokens(
    as_alice: Client, alice: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        create_api_token(user=alice, name=f"Token {number}")
    with django_assert_max_num_queries(6):
        as_alice.get(PROFILE)
