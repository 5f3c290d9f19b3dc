"""Fields that the server refused: each looks wrong, on every form, to the people who use them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

from accounts.models import User
from devices.models import Sensor
from tests.e2e.conftest import LogIn
from tests.figures.households import store_hours, sum_up

pytestmark = pytest.mark.django_db(transaction=True)

#: Names of the refused fields, and whether their edge has the colour that the page has for errors.
READ_REFUSED = """variable => {
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.color = `var(--${variable})`;
    const wrong = getComputedStyle(probe).color;
    // A field with suggestions (select2) is hidden behind its box.
    const seen = field => field.nextElementSibling?.querySelector(".select2-selection") ?? field;
    return [...document.querySelectorAll("[aria-invalid=true], :user-invalid")]
        .map(field => [field.name, getComputedStyle(seen(field)).borderTopColor === wrong]);
}"""
#: What the browser would refuse by itself is sent all the same.
SEND = """selector => {
    const button = document.querySelector(selector);
    button.form.noValidate = true;
    button.click();
}"""


def send(page: Page, button: str) -> None:
    page.evaluate(SEND, button)
    page.wait_for_selector("[aria-invalid=true]")


def read_refused(page: Page, variable: str = "danger") -> dict[str, bool]:
    return {str(name): is_red for name, is_red in page.evaluate(READ_REFUSED, variable)}


def fill_password(page: Page) -> None:
    page.fill("input[name=old_password]", "wrong")
    page.fill("input[name=new_password1]", "short")
    page.fill("input[name=new_password2]", "other")
    send(page, "main button[type=submit]")


def fill_name(page: Page) -> None:
    page.evaluate("document.querySelector('input[name=name]').removeAttribute('maxlength')")
    page.fill("input[name=name]", "n" * 1000)
    send(page, "form:has(select[name=language]) button[type=submit]")


def fill_token(page: Page) -> None:
    send(page, "form[action$='/tokens/'] button[type=submit]")


def stay(page: Page) -> None:
    page.wait_for_selector("[aria-invalid=true]", state="attached")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_refused_fields_of_clients_forms_are_red(
    address: str, log_in: LogIn, alice: User, meter: Sensor, scheme: Any
) -> None:
    now = datetime.now(UTC)
    store_hours(meter, lambda at: 0.2 + at.hour / 24, start=now - timedelta(weeks=3), end=now)
    sum_up()  # without history the forecast has no form
    page = log_in(address, alice.email)
    page.emulate_media(color_scheme=scheme)
    export = f"{meter.device.get_absolute_url()}export/?start=x&end=y&group_by=week&format=pdf"
    forms = [
        ("/accounts/password-change/", fill_password, {"old_password", "new_password2"}),
        ("/accounts/profile/", fill_name, {"name"}),
        ("/accounts/profile/", fill_token, {"name"}),
        ("/alerts/?show=none&device=x&since=x&until=y", stay, {"show", "device", "since", "until"}),
        ("/forecast/?duration_minutes=-1&kwh=x", stay, {"duration_minutes", "kwh"}),
        (export, stay, {"start", "end", "group_by", "format"}),
    ]
    for path, act, names in forms:
        page.goto(f"{address}{path}")
        act(page)
        assert read_refused(page) == dict.fromkeys(names, True), path


def test_field_turns_red_as_soon_as_somebody_left_it_wrong(
    address: str, log_in: LogIn, alice: User
) -> None:
    page = log_in(address, alice.email)
    page.goto(f"{address}/accounts/password-change/")
    page.focus("input[name=old_password]")
    page.keyboard.type("x")
    page.keyboard.press("Backspace")
    page.keyboard.press("Tab")
    page.wait_for_selector("input[name=old_password]:user-invalid")
    assert read_refused(page) == {"old_password": True}


@pytest.mark.parametrize(
    "form",
    ["devices/device", "devices/sensor", "monitoring/meterreplacement", "monitoring/readingimport"],
)
def test_refused_fields_of_the_administration_are_red(
    address: str, log_in: LogIn, administrator: User, meter: Sensor, form: str
) -> None:
    page = log_in(address, administrator.email)
    page.goto(f"{address}/admin/{form}/add/")
    send(page, "input[name=_save]")
    refused = read_refused(page, "error-fg")
    assert refused
    assert all(refused.values())
