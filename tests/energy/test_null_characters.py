"""No address with a null character is an internal error."""

from http import HTTPStatus

import pytest
from django.test import Client

ADDRESSES = [
    "/devices/?q=%00",
    "/devices/?q=a%00b&page=1",
    "/devices/?page=%00",
    "/alerts/?device=%00",
    "/forecast/?of=%00",
    "/api/v1/devices/?search=%00",
    "/api/v1/peaks/?sensor=%00",
    "/admin/devices/device/?q=%00",
    "/accounts/login/?next=%00",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_null_character_is_refused(as_administrator: Client, address: str) -> None:
    assert as_administrator.get(address).status_code == HTTPStatus.BAD_REQUEST


def test_a_percent_sign_before_zeros_is_none(as_administrator: Client) -> None:
    assert as_administrator.get("/devices/?q=%2500").status_code == HTTPStatus.OK
