"""What flowed between neighbouring registers of a meter, also where it was a rollover or exchanged.

In columns, for any number of sensors at a time. A *series* is a number that the caller gives to the
registers of one sensor. Units: UTC microseconds since 1970, kWh.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

import numpy as np

from monitoring.rules.columns import Booleans, Floats, Instants, Keys
from monitoring.rules.power import US_PER_HOUR, Sample
from monitoring.rules.readings import MAX_REGISTER_KWH

#: A rule or an administrator says that energy flowed where the register alone does not only if the
#: mean power was at most so many times the sensor's maximum. What is above the maximum is a peak,
#: which happens; what is far above it another meter, or a wrong date.
PLAUSIBLE_POWER = 5.0


class Risen(NamedTuple):
    """An energy, and the span in which it is said to have flowed (kWh; UTC microseconds)."""

    kwh: float
    start_us: int
    end_us: int

    @property
    def mean_kw(self) -> float:
        """The mean power that this makes; of no time it is infinite."""
        if self.end_us <= self.start_us:
            return inf if self.kwh > 0 else 0.0
        return self.kwh * US_PER_HOUR / (self.end_us - self.start_us)

    def is_plausible(self, *, max_power_kw: float) -> bool:
        """Whether a sensor with this maximum may have measured it."""
        most_kw = most_plausible_kw(max_power_kw)
        return self.kwh * US_PER_HOUR <= most_kw * (self.end_us - self.start_us)


def most_plausible_kw(max_power_kw: float) -> float:
    """The highest mean power that a decision may make of a sensor with this maximum."""
    return PLAUSIBLE_POWER * max_power_kw


@dataclass(frozen=True, slots=True)
class Registers:
    """Readings, by series and time; no time twice in a series."""

    series: Keys
    at_us: Instants
    energy_kwh: Floats

    def __len__(self) -> int:
        return len(self.series)


@dataclass(frozen=True, slots=True)
class Rises:
    """What flowed between two neighbouring registers, by series and time."""

    series: Keys
    start_us: Instants
    end_us: Instants
    kwh: Floats  # NaN where it is unknown

    def __len__(self) -> int:
        return len(self.series)

    def pick(self, rows: Booleans) -> "Rises":
        """Some of the rows."""
        return Rises(self.series[rows], self.start_us[rows], self.end_us[rows], self.kwh[rows])


class Rollover(NamedTuple):
    """A fall between two neighbouring readings of which it is known what flowed."""

    series: int
    start_us: int
    end_us: int
    kwh: float


class Replacement(NamedTuple):
    """One meter ended with ``final_kwh`` at the instant at which the next began."""

    series: int
    at_us: int
    final_kwh: float
    first_kwh: float


def risen_over_kwh(
    start: Sample, end: Sample, *, digits: int | None, max_power_kw: float
) -> float | None:
    """What flowed while a register of so many whole digits passed its end; None: it did not.

    A register of *d* digits counts from 10^d − 1 on to 0. A fall is taken for that if it leads from
    the last tenth of the register's range into the first, and if the mean power that this makes is
    at most ``PLAUSIBLE_POWER`` times the sensor's maximum. So neither a meter that is exchanged or
    reset in that last tenth, nor a reset elsewhere, nor one that counts backwards looks like it.
    """
    if digits is None:
        return None
    full_kwh = 10.0**digits
    if not (full_kwh * 0.9 <= start.energy_kwh < full_kwh and end.energy_kwh < full_kwh * 0.1):
        return None
    risen = roll_over(start, end, digits=digits)
    return risen.kwh if risen.is_plausible(max_power_kw=max_power_kw) else None


def roll_over(start: Sample, end: Sample, *, digits: int) -> Risen:
    """What flowed if a register of so many whole digits has passed its end once."""
    return Risen(end.energy_kwh + (10.0**digits - start.energy_kwh), start.at_us, end.at_us)


def split_at(
    replacement: Replacement, before: Sample, after: Sample | None
) -> tuple[Risen, Risen | None]:
    """What flowed through the old meter since its last reading, and through the new one until its
    first; None before the new one has sent any."""
    _, at_us, final_kwh, first_kwh = replacement
    old = Risen(final_kwh - before.energy_kwh, before.at_us, at_us)
    new = Risen(after.energy_kwh - first_kwh, at_us, after.at_us) if after else None
    return old, new


def may_explain(
    replacement: Replacement, start: Sample, end: Sample, *, max_power_kw: float
) -> bool:
    """Whether a fall may be what an exchange with these registers has left, whenever it was."""
    used = (replacement.final_kwh - start.energy_kwh, end.energy_kwh - replacement.first_kwh)
    risen = Risen(sum(used), start.at_us, end.at_us)
    return min(used) >= 0 and risen.is_plausible(max_power_kw=max_power_kw)


def find_rises(
    registers: Registers,
    *,
    rollovers: Iterable[Rollover] = (),
    replacements: Sequence[Replacement] = (),
) -> Rises:
    """What flowed between each two neighbouring registers of a series.

    Where the register fell, or rose by more than a register may show, it is unknown, unless one of
    the ``rollovers`` says otherwise. At a
    replacement the series is continued with the other meter's register: exactly what flowed before
    and after it counts, whatever the two registers stand at.
    """
    if replacements:
        registers = _with_replacements(registers, replacements)
    follows = registers.series[1:] == registers.series[:-1]
    follows &= registers.at_us[1:] > registers.at_us[:-1]  # not from one meter to the next
    start, end = np.flatnonzero(follows), np.flatnonzero(follows) + 1
    kwh = registers.energy_kwh[end] - registers.energy_kwh[start]
    kwh[(kwh < 0) | (kwh > MAX_REGISTER_KWH)] = np.nan
    rises = Rises(registers.series[end], registers.at_us[start], registers.at_us[end], kwh)
    for rollover in rollovers:
        _apply(rollover, rises)
    return rises


def _with_replacements(registers: Registers, replacements: Sequence[Replacement]) -> Registers:
    """At each replacement's instant the last register of the old meter and the first of the new.

    A reading of that very instant stands between the two and counts for nothing: it could be of
    either meter.
    """
    series, at_us, final_kwh, first_kwh = map(np.array, zip(*replacements, strict=True))
    n, r = len(registers), len(replacements)
    columns = (
        np.concatenate([series, registers.series, series]),
        np.concatenate([at_us, registers.at_us, at_us]),
        np.concatenate([final_kwh, registers.energy_kwh, first_kwh]),
    )
    place = np.repeat([0, 1, 2], [r, n, r])
    order = np.lexsort((place, columns[1], columns[0]))
    return Registers(*(column[order] for column in columns))


def _apply(rollover: Rollover, rises: Rises) -> None:
    """Writes down what flowed in the rise that is this fall, if there is (still) one."""
    first, end = np.searchsorted(rises.series, [rollover.series, rollover.series + 1])
    row = first + np.searchsorted(rises.end_us[first:end], rollover.end_us)
    if row < end and (rises.start_us[row], rises.end_us[row]) == rollover[1:3]:
        rises.kwh[row] = rollover.kwh
