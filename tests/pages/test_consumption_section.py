"""The figures beside the bars."""

import numpy as np
import pytest

from monitoring.history.consumption import Consumption
from monitoring.pages.consumption_section import get_mean_kwh
from monitoring.rules.intervals import Quality

NAN = float("nan")


def days(*of_day: tuple[float, float]) -> Consumption:
    """Days, each with its kWh and the share that readings cover."""
    kwh, coverage = np.array(of_day).T
    numbers = np.arange(len(of_day))
    quality = np.full(len(of_day), Quality.MEASURED, np.int8)
    return Consumption(numbers, numbers + 1, kwh, np.full(len(of_day), NAN), coverage, quality)


@pytest.mark.parametrize(
    ("consumption", "mean_kwh"),
    [
        (days((10.0, 1.0), (12.0, 0.995), (3.0, 0.4), (NAN, 0.0)), 11.0),  # the third is not over
        (days((2.0, 0.3), (10.0, 1.0)), 10.0),  # the meter began in the first
        (days((2.0, 0.3), (4.0, 0.2), (NAN, 0.0)), 3.0),  # none is whole
    ],
)
def test_mean_is_of_what_is_covered(consumption: Consumption, mean_kwh: float) -> None:
    assert get_mean_kwh(consumption) == mean_kwh
