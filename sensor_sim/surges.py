"""Extra loads at given times, such as the oven on one evening."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, pairwise

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Surge:
    """``power_kw`` on top of everything else in ``[starts_at, ends_at)`` (timezone-aware)."""

    starts_at: datetime
    ends_at: datetime
    power_kw: float

    @property
    def energy_kwh(self) -> float:
        return self.power_kw * ((self.ends_at - self.starts_at) / HOUR)


class SurgeLoad:
    """The energy of surges, in any order. Raises ``ValueError`` if two of them overlap."""

    def __init__(self, surges: Iterable[Surge]) -> None:
        self._surges = sorted(surges, key=lambda surge: surge.starts_at)
        if any(after.starts_at < before.ends_at for before, after in pairwise(self._surges)):
            raise ValueError("two surges of a meter overlap")
        self._starts = [surge.starts_at for surge in self._surges]
        self._kwh_before = list(accumulate((s.energy_kwh for s in self._surges), initial=0.0))

    def energy_kwh_at(self, at: datetime) -> float:
        """Energy of all the surges up to ``at``, in kWh; it never falls."""
        begun = bisect_right(self._starts, at)
        if not begun:
            return 0.0
        latest = self._surges[begun - 1]
        if at >= latest.ends_at:
            return self._kwh_before[begun]
        since_start = (at - latest.starts_at) / HOUR
        return self._kwh_before[begun - 1] + latest.power_kw * since_start

    def power_kw_at(self, at: datetime) -> float:
        """The power of the surge at ``at``, in kW; else 0."""
        begun = bisect_right(self._starts, at)
        if begun and at < self._surges[begun - 1].ends_at:
            return self._surges[begun - 1].power_kw
        return 0.0
