"""Users in the admin."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.api_tokens import create_api_token
from accounts.models import ApiToken, User
from devices.models import Device, Sensor
from monitoring.admin import meters
from tests.conftest import PASSWORD, Store, make_device, make_sensor

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
    assert url not in as_administrator.get(change_page(alice)).text
    assert as_administrator.post(url, {"post": "yes"}).status_code == 403
    assert "delete_selected" not in as_administrator.get(LIST).text
    assert User.objects.filter(pk=alice.pk).exists()


def test_user_leads_to_their_devices_and_meters_with_what_was_last_heard(
    as_administrator: Client, alice: User, charlie: User, meter: Sensor, store: Store
) -> None:
    store(meter, (0, 10.0), (30, 11.5))
    make_device(alice, "Workshop")
    text = as_administrator.get(change_page(alice)).text.replace("\N{NO-BREAK SPACE}", " ")
    assert f'<a href="/admin/devices/device/{meter.device_id}/change/">Flat</a>' in text
    assert f'<a href="/admin/devices/sensor/{meter.pk}/change/">Main meter</a>' in text
    for shown in ("3.00 kW", "4 kW", "10 Mar 2026, 12:30", "Workshop", "No meter"):
        assert shown in text
    add = f"/admin/devices/device/add/?owner={alice.pk}"
    assert f'href="{add}"' in text
    assert f'<option value="{alice.pk}" selected>' in as_administrator.get(add).text
    nobody = as_administrator.get(change_page(charlie)).text
    assert "No device yet." in nobody
    assert "Main meter" not in nobody


def test_user_with_many_meters_is_shown_some_in_as_many_queries(
    as_administrator: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def visit() -> tuple[str, int]:
        with CaptureQueriesContext(connection) as queries:
            text = as_administrator.get(change_page(alice)).text
        return text, len(queries)

    everything = f"/admin/devices/device/?owner__id__exact={alice.pk}"
    make_sensor(make_device(alice))
    text, few = visit()
    assert everything not in text
    monkeypatch.setattr(meters, "DEVICES_SHOWN", 3)
    for _ in range(5):
        make_sensor(make_device(alice))
    text, many = visit()
    assert text.count("Main meter") == 3
    assert everything in text
    assert as_administrator.get(everything).context["cl"].result_count == 6
    assert many == few


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
