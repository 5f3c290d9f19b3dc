"""The peak rule: what two neighbouring readings of a sensor say about the time between them.

Mean power is ``P = (m2 − m1) / (t2 − t1)``, in kW from kWh and hours. A peak is ``P > maximum``;
equal is not a peak. A register that falls (a rollover, a reset, a new meter) is never consumption
and never a peak.

A rise may be up to one step of the register more than was used: where that step is known,
``P > maximum`` must hold with the rise less one step, too.
"""

from fractions import Fraction
from typing import NamedTuple

import numpy as np

from monitoring.rules.columns import Booleans, Floats, Instants

US_PER_HOUR = 3_600_000_000

#: More than any two registers give that are accepted now. Older versions accepted up to 1.8e308
#: kWh: the powers of those end here, so that sums of them stay finite and JSON can hold them.
MAX_POWER_KW = 1e24

#: Relative width around the limit inside which floating point may not decide.
_CLOSE = 1e-9


class Sample(NamedTuple):
    """A register value at a time: UTC microseconds since 1970, kWh."""

    at_us: int
    energy_kwh: float


class Exceeded(NamedTuple):
    """The mean power between two readings was above the limit."""

    start: Sample
    end: Sample
    power_kw: float
    limit_kw: float


class Fell(NamedTuple):
    """The register was lower at the later of two readings."""

    start: Sample
    end: Sample


def mean_power_kw(start: Sample, end: Sample) -> float | None:
    """Mean power between two readings in kW; None where the register fell or no time passed."""
    if end.at_us <= start.at_us or end.energy_kwh < start.energy_kwh:
        return None
    return _power_kw(start, end)


def judge_interval(
    start: Sample, end: Sample, limit_kw: float, *, step_kwh: float = 0.0
) -> Exceeded | Fell | None:
    """What the rule says about the interval between two neighbouring readings, if anything.

    ``step_kwh`` is the step in which the register counts; 0 judges by the formula alone. The power
    of an exceedance is that of the whole rise either way.
    """
    if end.at_us <= start.at_us:
        return None  # equal timestamps: one reading, no interval
    if end.energy_kwh < start.energy_kwh:
        return Fell(start, end)
    power_kw = _power_kw(start, end)
    if power_kw < limit_kw * (1 - _CLOSE):
        return None
    # With a step always exactly: the rest of a rise may be a small difference of large registers.
    is_clear = step_kwh == 0 and power_kw > limit_kw * (1 + _CLOSE)
    if is_clear or _exceeds_exactly(start, end, limit_kw, step_kwh):
        return Exceeded(start, end, power_kw, limit_kw)
    return None


def find_suspects(
    start_us: Instants, start_kwh: Floats, end_us: Instants, end_kwh: Floats, limit_kw: Floats
) -> Booleans:
    """Which of many intervals ``judge_interval`` may have something to say about.

    The same arithmetic, in whole columns: among millions of intervals few are worth a closer
    look. All columns have the same length; the ends are later than the starts. A register's step
    makes none of the others suspect.
    """
    rise_kwh = end_kwh - start_kwh
    with np.errstate(over="ignore"):  # infinite is suspect too
        power_kw = rise_kwh * US_PER_HOUR / (end_us - start_us)
    suspects: Booleans = (rise_kwh < 0) | (power_kw >= limit_kw * (1 - _CLOSE))
    return suspects


def mean_powers_kw(
    start_us: Instants, start_kwh: Floats, end_us: Instants, end_kwh: Floats
) -> Floats:
    """``mean_power_kw`` in whole columns; NaN where there is none."""
    rise_kwh, passed_us = end_kwh - start_kwh, end_us - start_us
    is_known = (rise_kwh >= 0) & (passed_us > 0)
    power_kw = np.full(len(rise_kwh), np.nan)
    with np.errstate(over="ignore"):
        np.divide(rise_kwh * US_PER_HOUR, passed_us, out=power_kw, where=is_known)
    np.minimum(power_kw, MAX_POWER_KW, out=power_kw)  # NaN stays
    return power_kw


def _power_kw(start: Sample, end: Sample) -> float:
    power_kw = (end.energy_kwh - start.energy_kwh) * US_PER_HOUR / (end.at_us - start.at_us)
    return min(power_kw, MAX_POWER_KW)


def _exceeds_exactly(start: Sample, end: Sample, limit_kw: float, step_kwh: float) -> bool:
    """Decides a close call in the decimals that the meter wrote.

    0.8 − 0.7 is a little more than 0.1 in floating point; "equal is not a peak" must not depend
    on that. ``repr`` gives back the decimals of which the float is the nearest.
    """
    rise_kwh = Fraction(repr(end.energy_kwh)) - Fraction(repr(start.energy_kwh))
    energy_kwh = rise_kwh - Fraction(repr(step_kwh))
    return energy_kwh * US_PER_HOUR > Fraction(repr(limit_kw)) * (end.at_us - start.at_us)
