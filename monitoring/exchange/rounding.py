"""Rounds consumption to the millionth of a kWh so that a file's rows sum to what flowed."""

from dataclasses import replace

import numpy as np

from monitoring.history.consumption import Consumption

A_KWH = 1_000_000  # the millionths


def round_kwh(consumption: Consumption, *, left: float) -> tuple[Consumption, float]:
    """The same with its energies in whole millionths of a kWh, and what is left over.

    ``left``, in millionths, is what the sensor's intervals before have left over. Each interval is
    off by a millionth at most, and the sum of any number of them by half of one: rounded each by
    itself, a steady third of a kWh would lose 0.01 kWh in a year of quarter hours.
    """
    millionths = consumption.kwh * A_KWH
    whole = np.rint(millionths)
    lost = left + np.cumsum(np.nan_to_num(millionths - whole))
    given_back = np.diff(np.rint(lost), prepend=0.0)
    rounded = replace(consumption, kwh=(whole + given_back) / A_KWH)
    return rounded, float(lost[-1] - np.rint(lost[-1])) if len(lost) else left
