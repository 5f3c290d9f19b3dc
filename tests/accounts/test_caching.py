"""That no cache keeps a page of a user: Back asks again, and after a logout shows nothing."""

from contextlib import closing

import pytest
from django.test import Client

from devices.models import Sensor


@pytest.mark.parametrize(
    "path", ["/", "/alerts/", "/alerts/99/", "/accounts/profile/", "/api/v1/devices/", "/admin/"]
)
def test_page_of_a_user_is_kept_nowhere(
    as_alice: Client, as_administrator: Client, meter: Sensor, path: str
) -> None:
    client = as_administrator if path == "/admin/" else as_alice
    kept = client.get(path).headers["Cache-Control"]
    assert {"no-store", "private"} <= set(kept.split(", "))


def test_export_is_kept_nowhere(as_alice: Client, meter: Sensor) -> None:
    answer = as_alice.get(f"/devices/{meter.device_id}/export/")
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.django_db
def test_what_is_the_same_for_everybody_says_nothing_of_it(client: Client) -> None:
    with closing(client.get("/static/energy/icon.svg")) as answer:
        assert "no-store" not in answer.headers.get("Cache-Control", "")
