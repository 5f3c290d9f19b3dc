"""The figures beside the bars."""

import numpy as np
import pytest

from monitoring.pages.consumption_section import get_mean_kwh, make_week_chart

NAN = float("nan")


@pytest.mark.parametrize(
    ("kwh", "is_current", "mean_kwh"),
    [
        ([10.0, 12.0, 3.0, NAN], True, 11.0),  # the third is not over
        ([10.0, 12.0, NAN, 3.0], False, 25 / 3),
        ([NAN, 3.0, NAN], True, 3.0),  # there is no other
    ],
)
def test_mean_leaves_out_what_is_not_over(
    kwh: list[float], is_current: bool, mean_kwh: float
) -> None:
    assert get_mean_kwh(np.array(kwh), is_current=is_current) == pytest.approx(mean_kwh)


def test_cells_of_the_week_are_named_with_their_day() -> None:
    data = make_week_chart(np.arange(7 * 24, dtype=float).reshape(7, 24)).data
    names = dict(zip(data["names"], (value for _, _, value in data["cells"]), strict=True))
    assert names["Monday, 11:00–12:00"] == 11
    assert names["Sunday, 23:00–00:00"] == 7 * 24 - 1
