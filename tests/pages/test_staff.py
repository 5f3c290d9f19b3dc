"""Clients' pages as administrators see them: with devices of their own, and without."""

import pytest
from django.test import Client

from accounts.models import User
from tests.conftest import PASSWORD, make_device

CLIENTS_ONLY = ("Overview", "Alerts", "Forecast")


def navigation(client: Client, path: str) -> str:
    page = client.get(path)
    assert page.status_code == 200
    return page.text.partition('<nav class="site-nav"')[2].partition("</nav>")[0]


def test_administrator_lands_on_the_fleet(administrator: User) -> None:
    form = {"username": administrator.email, "password": PASSWORD}
    answer = Client().post("/accounts/login/", form, follow=True)
    assert answer.redirect_chain == [("/admin/", 302)]
    assert "<h1>Fleet</h1>" in answer.text


def test_overview_of_nothing_leads_to_the_fleet(
    as_administrator: Client, administrator: User
) -> None:
    assert as_administrator.get("/")["Location"] == "/admin/"
    make_device(administrator)
    assert as_administrator.get("/").status_code == 200


@pytest.mark.parametrize("path", ["/admin/", "/devices/", "/accounts/profile/", "/alerts/"])
def test_navigation_offers_no_page_that_would_be_empty(
    as_administrator: Client, administrator: User, path: str
) -> None:
    bare = navigation(as_administrator, path)
    assert not any(f"</svg>{name}" in bare for name in CLIENTS_ONLY)
    for name in ("Fleet", "Devices", "Account"):
        assert f"</svg>{name}" in bare
    make_device(administrator)
    full = navigation(as_administrator, path)
    assert all(f"</svg>{name}" in full for name in ("Fleet", *CLIENTS_ONLY))


def test_client_is_not_led_to_the_fleet(as_charlie: Client) -> None:
    shown = navigation(as_charlie, "/")
    assert all(f"</svg>{name}" in shown for name in CLIENTS_ONLY)
    assert "/admin/" not in as_charlie.get("/").text


@pytest.mark.parametrize("path", ["/alerts/", "/forecast/"])
def test_page_of_nothing_leads_on(as_administrator: Client, as_alice: Client, path: str) -> None:
    text = as_administrator.get(path).text
    link = '<a class="button" href="/devices/">All devices</a>'
    assert "own devices, and you have none." in text
    assert link in text
    assert link not in as_alice.get(path).text


def test_account_without_devices_speaks_of_no_alerts(
    as_administrator: Client, as_alice: Client
) -> None:
    assert "Alert settings" not in as_administrator.get("/accounts/profile/").text
    assert "Alert settings" in as_alice.get("/accounts/profile/").text
