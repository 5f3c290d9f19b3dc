"""Who may read the metrics."""

from http import HTTPStatus

import pytest

from energy.metrics.access import judge_access
from tests.metrics.scrapes import BEARER, TOKEN


@pytest.mark.parametrize("authorization", [BEARER, f"bearer  {TOKEN}", f"BEARER {TOKEN} "])
def test_the_token_opens(authorization: str) -> None:
    assert judge_access(authorization, token=TOKEN) is HTTPStatus.OK


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        TOKEN,
        f"Token {TOKEN}",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN},Bearer {TOKEN}",
        "Bearer \xe9\xff",
    ],
)
def test_anything_else_is_unauthorized(authorization: str) -> None:
    assert judge_access(authorization, token=TOKEN) is HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", BEARER])
def test_without_a_configured_token_there_is_nothing_to_find(authorization: str) -> None:
    assert judge_access(authorization, token="") is HTTPStatus.NOT_FOUND
