"""Numbers that people type, with a comma or a point, and see as their language has them."""

from decimal import Decimal

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import User
from devices.models import Device, Sensor
from devices.number_fields import CommaOrPointDecimalField, CommaOrPointFloatField, to_plain_number
from monitoring.pages.best_start_form import BestStartForm

LANGUAGES = ("en", "ro")


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("12", "12"),
        (" 0,9 ", "0.9"),
        ("0.9", "0.9"),
        ("1.204,5", "1204.5"),
        ("1,204.5", "1204.5"),
        ("-1.234.567,25", "-1234567.25"),
        ("1204,117", "1204.117"),
        ("1,2,3", "1,2.3"),
        ("12.34,5", "12.34.5"),
        (",", "."),
        ("", ""),
        ("kWh", "kWh"),
    ],
)
def test_typed_number(typed: str, plain: str) -> None:
    assert to_plain_number(typed) == plain


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("typed", ["0,9", "0.9"])
def test_comma_and_point_are_the_same_in_every_language(language: str, typed: str) -> None:
    with translation.override(language):
        assert CommaOrPointFloatField().clean(typed) == 0.9
        assert CommaOrPointDecimalField().clean(typed) == Decimal("0.9")


@pytest.mark.parametrize("typed", ["1,2,3", "12.34,5", ",", "kWh", "nan", "1e999"])
def test_nonsense_is_refused(typed: str) -> None:
    form = BestStartForm({"kwh": typed})
    assert "kwh" in form.errors
    assert str(form["kwh"].value()) == typed


@pytest.mark.parametrize(("language", "shown"), [("en", "0.9"), ("ro", "0,9")])
@pytest.mark.parametrize("given", [{}, {"kwh": "0.9"}, {"kwh": "0,90"}])
def test_is_shown_as_the_language_has_it(language: str, shown: str, given: dict[str, str]) -> None:
    with translation.override(language):
        assert f'value="{shown}"' in str(BestStartForm(given)["kwh"])


def test_administrator_types_a_comma(
    as_administrator: Client, administrator: User, flat: Device, meter: Sensor
) -> None:
    User.objects.update(language="ro")
    address = f"/admin/devices/sensor/{meter.pk}/change/"
    Sensor.objects.update(max_power_kw=Decimal("4.5"))
    assert 'name="max_power_kw" value="4,5"' in as_administrator.get(address).text
    wanted = {"device": flat.pk, "description": "Main meter", "is_active": "on"}
    answer = as_administrator.post(address, {**wanted, "max_power_kw": "5,25"})
    assert answer.status_code == 302
    meter.refresh_from_db()
    assert meter.max_power_kw == Decimal("5.25")


def test_admin_lists_write_numbers_and_dates_in_romanian(
    as_administrator: Client, meter: Sensor
) -> None:
    User.objects.update(language="ro")
    page = as_administrator.get("/admin/devices/sensor/").text
    assert "4,000" in page
