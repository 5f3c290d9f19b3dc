"""Which requests wait for each other."""

from typing import Any

import pytest
from django.contrib.auth.hashers import get_hasher, make_password
from django.test import Client
from django.urls import get_resolver

from accounts import hashers
from accounts.hashers import FewArgon2PasswordHasher, TooManyHashes
from energy.lanes import LOGIN_VIEWS, TRANSFER_VIEWS, Lane, asker_of, choose_lane


def scope_of(path: str, method: str = "GET", *, client: str = "::1", **headers: str) -> Any:
    named = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {"path": path, "method": method, "headers": named, "client": [client, 1]}


@pytest.mark.parametrize(
    ("method", "path", "lane"),
    [
        ("GET", "/", Lane.PAGES),
        ("GET", "/nothing-here/", Lane.PAGES),
        ("GET", "/accounts/login/", Lane.PAGES),
        ("POST", "/accounts/login/", Lane.LOGINS),
        ("POST", "/admin/login/", Lane.LOGINS),
        ("POST", "/accounts/password-change/", Lane.LOGINS),
        ("POST", "/accounts/password-reset/MQ/set-password/", Lane.LOGINS),
        ("POST", "/admin/accounts/user/1/password/", Lane.LOGINS),
        ("POST", "/api/v1/readings/", Lane.PAGES),
        ("POST", "/api/v1/readings/import/", Lane.TRANSFERS),
        ("GET", "/api/v1/export/", Lane.TRANSFERS),
        ("GET", "/devices/1/export/", Lane.TRANSFERS),
    ],
)
def test_lane_of_an_address(method: str, path: str, lane: Lane) -> None:
    assert choose_lane(scope_of(path, method)) is lane


def test_each_named_view_is_there() -> None:
    names = set(get_resolver().reverse_dict) | {
        f"admin:{name}" for name in get_resolver().namespace_dict["admin"][1].reverse_dict
    }
    assert names >= LOGIN_VIEWS | TRANSFER_VIEWS


def test_askers_are_told_apart() -> None:
    cookie = "csrftoken=1; sessionid=abc"
    stranger = asker_of(scope_of("/"))
    assert stranger == asker_of(scope_of("/devices/", cookie="csrftoken=2"))
    assert stranger != asker_of(scope_of("/", client="10.0.0.1"))
    assert asker_of(scope_of("/", cookie=cookie)) == asker_of(
        scope_of("/", cookie=cookie, client="10.0.0.1")
    )
    askers = [{}, {"cookie": cookie}, {"cookie": "sessionid=x"}, {"authorization": "Token a"}]
    assert len({asker_of(scope_of("/", **headers)) for headers in askers}) == len(askers)


def test_few_passwords_are_hashed_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(get_hasher(), FewArgon2PasswordHasher)
    monkeypatch.setattr(hashers, "WAIT_S", 0.01)
    digest = make_password("one")
    for _ in range(hashers.HASHES_AT_ONCE):
        hashers._turns.acquire()
    try:
        with pytest.raises(TooManyHashes):
            make_password("another")
        with pytest.raises(TooManyHashes):
            get_hasher().verify("one", digest)
    finally:
        for _ in range(hashers.HASHES_AT_ONCE):
            hashers._turns.release()
    assert get_hasher().verify("one", digest)


@pytest.mark.django_db
def test_login_is_503_while_too_many_passwords_are_hashed(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashers, "WAIT_S", 0)
    client.raise_request_exception = False
    for _ in range(hashers.HASHES_AT_ONCE):
        hashers._turns.acquire()
    try:
        form = {"username": "nobody@example.com", "password": "wrong"}
        answer = client.post("/accounts/login/", form)
    finally:
        for _ in range(hashers.HASHES_AT_ONCE):
            hashers._turns.release()
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
