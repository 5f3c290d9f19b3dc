"""When in the week energy is used: hours folded onto one week. Pure, numpy."""

from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from monitoring.rules.columns import Floats, Instants
from monitoring.rules.instants import from_us

DAYS = 7
HOURS = 24


def fold_into_week(start_us: Instants, kwh: Floats, *, zone: ZoneInfo) -> NDArray[np.float64]:
    """The mean of the hours that begin at ``start_us``, by weekday (Monday first) and local hour.

    NaN where no hour of that place in the week has a value. kWh.
    """
    known = ~np.isnan(kwh)
    starts = [from_us(at_us).astimezone(zone) for at_us in start_us[known].tolist()]
    places = np.array([at.weekday() * HOURS + at.hour for at in starts], dtype=np.int64)
    counts = np.bincount(places, minlength=DAYS * HOURS)
    sums = np.bincount(places, weights=kwh[known], minlength=DAYS * HOURS)
    means = np.full(DAYS * HOURS, np.nan)
    np.divide(sums, counts, out=means, where=counts > 0)
    return means.reshape(DAYS, HOURS)
