"""How exactly numbers are told: to programs, over sockets and in files. Pages show fewer decimals.

Registers are told as the meter wrote them. What is computed from them has the noise of floating
point behind its last decimal, as 4.0200000000055525, and is rounded here and nowhere else.
"""

import numpy as np

from monitoring.rules.columns import Floats

#: A millionth of a kWh is what a register of a million kWh keeps in double precision.
MILLIONTHS = 1_000_000
ENERGY_DECIMALS = 6
#: Stored peaks are of single precision, which has seven digits; finer than a milliwatt nobody is.
POWER_DIGITS = 7
POWER_DECIMALS = 6
SHARE_DECIMALS = 6
#: What is only expected, to the watt and the watt hour: more would look exact.
ESTIMATE_DECIMALS = 3
PERCENT_DECIMALS = 1


def round_kwh(energy_kwh: float | None) -> float | None:
    """An energy by itself."""
    return _round(energy_kwh, ENERGY_DECIMALS)


def round_kw(power_kw: float | None) -> float | None:
    """A power; NaN is None."""
    if power_kw is None or power_kw != power_kw:  # noqa: PLR0124 - NaN
        return None
    return _round(float(f"{power_kw:.{POWER_DIGITS}g}"), POWER_DECIMALS)


def round_share(share: float) -> float:
    """A share from 0 to 1."""
    return round(share, SHARE_DECIMALS)


def round_estimate(value: float | None) -> float | None:
    """An energy or a power that is expected."""
    return _round(value, ESTIMATE_DECIMALS)


def round_percent(percent: float | None) -> float | None:
    """Percents."""
    return _round(percent, PERCENT_DECIMALS)


def _round(value: float | None, decimals: int) -> float | None:
    return None if value is None else round(value, decimals) + 0.0  # never -0.0


def round_energies(kwh: Floats, *, left: float = 0.0) -> tuple[Floats, float]:
    """Adjoining energies in whole millionths of a kWh, and what is left over. NaN stays.

    ``left``, in millionths, is what the energies before have left over. Each is off by a millionth
    at most, and the sum of any number of them by half of one: rounded each by itself, a steady
    third of a kWh would lose 0.01 kWh in a year of quarter hours.
    """
    millionths = kwh * MILLIONTHS
    whole = np.rint(millionths)
    lost = left + np.cumsum(np.nan_to_num(millionths - whole))
    given_back = np.diff(np.rint(lost), prepend=0.0)
    rounded: Floats = (whole + given_back) / MILLIONTHS
    return rounded, float(lost[-1] - np.rint(lost[-1])) if len(lost) else left
