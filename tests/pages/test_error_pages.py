"""What people read when something does not work."""

import re
from http import HTTPStatus

import pytest
from django.template.loader import render_to_string
from django.test import Client

from devices.models import Device


@pytest.mark.parametrize("name", ["400.html", "403.html", "404.html", "500.html"])
def test_page_needs_neither_request_nor_database(name: str) -> None:
    page = render_to_string(name)
    assert "<h1>" in page
    assert 'href="/"' in page
    assert "data-live" not in page


@pytest.mark.django_db
def test_unknown_address_for_anonymous(client: Client) -> None:
    response = client.get("/nothing/")
    assert response.status_code == HTTPStatus.NOT_FOUND
    assert "Page not found" in response.content.decode()


def test_unknown_address_keeps_the_navigation(as_alice: Client) -> None:
    response = as_alice.get("/nothing/")
    assert response.status_code == HTTPStatus.NOT_FOUND
    assert 'href="/alerts/"' in response.content.decode()


@pytest.mark.parametrize(
    "path", ["/devices/", "/alerts/", "/accounts/profile/", "/accounts/password-change/"]
)
def test_pages_obey_their_own_content_security_policy(
    as_alice: Client, flat: Device, path: str
) -> None:
    response = as_alice.get(path)
    page = response.content.decode()
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
