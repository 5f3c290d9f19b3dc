"""``schema/`` and ``docs/``."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from tests.conftest import PASSWORD


def test_schema_is_complete_and_valid() -> None:
    call_command("spectacular", "--fail-on-warn", "--validate", stdout=StringIO())


def test_schema_names_every_endpoint_of_the_contract(api: APIClient) -> None:
    answer = api.get("/api/v1/schema/", headers={"accept": "application/vnd.oai.openapi+json"})
    assert answer.status_code == 200
    assert set(answer.json()["paths"]) == {
        "/api/v1/devices/",
        "/api/v1/devices/{id}/",
        "/api/v1/devices/{id}/consumption/",
        "/api/v1/consumption/",
        "/api/v1/sensors/",
        "/api/v1/sensors/{sensor_id}/",
        "/api/v1/sensors/{sensor_id}/readings/",
        "/api/v1/sensors/{sensor_id}/consumption/",
        "/api/v1/peaks/",
        "/api/v1/comparison/",
        "/api/v1/goal/",
        "/api/v1/forecast/",
        "/api/v1/best-start/",
        "/api/v1/notifications/",
        "/api/v1/readings/",
        "/api/v1/export/",
        "/api/v1/devices/{id}/export/",
        "/api/v1/sensors/{sensor_id}/export/",
        "/api/v1/readings/import/",
        "/api/v1/readings/import/{id}/",
        "/api/v1/readings/import/{id}/rejected/",
    }


def test_every_operation_shows_an_example_of_its_answer(api: APIClient) -> None:
    answer = api.get("/api/v1/schema/", headers={"accept": "application/vnd.oai.openapi+json"})
    for path in answer.json()["paths"].values():
        for operation in path.values():
            (good,) = (text for code, text in operation["responses"].items() if code[0] == "2")
            kinds = good["content"].values()
            assert any("examples" in kind for kind in kinds), operation["operationId"]
            assert "kW" in operation["description"], operation["operationId"]


def test_docs_have_no_inline_script(as_alice: Client) -> None:
    page = as_alice.get("/api/v1/docs/")
    assert page.status_code == 200
    assert page.content.count(b"<script") == page.content.count(b"<script src=")
    assert "unsafe" not in page["Content-Security-Policy"].split("script-src")[1].split(";")[0]


def test_docs_ask_for_a_login_and_lead_back(anonymous: Client, alice: User) -> None:
    asked = anonymous.get("/api/v1/docs/?lang=ro")
    assert asked.status_code == 302
    assert asked["Location"] == "/accounts/login/?next=/api/v1/docs/%3Flang%3Dro"
    entered = anonymous.post(asked["Location"], {"username": alice.email, "password": PASSWORD})
    assert entered["Location"] == "/api/v1/docs/?lang=ro"


@pytest.mark.parametrize("path", ["/", "/accounts/profile/"])
def test_pages_lead_to_the_docs(as_alice: Client, path: str) -> None:
    assert b'href="/api/v1/docs/"' in as_alice.get(path).content


def test_docs_lead_back_to_the_site(as_alice: Client) -> None:
    page = as_alice.get("/api/v1/docs/").content.decode()
    assert 'href="/accounts/profile/#tokens"' in page
