"""Hours on a client's clock, and what sensors used in them: the columns of all figures.

A load has a row a sensor and a column an hour. An hour may be known in part: the current one, or
one with a gap. So a mean is energy by the time in which it is known to have flowed, and two spans
are only ever compared where both are known.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from monitoring.rules.columns import Booleans, Floats, Instants
from monitoring.rules.instants import from_us
from monitoring.rules.known import KnownTime

US_PER_HOUR = 3_600_000_000
SECONDS_AN_HOUR = 3_600
HOURS_A_DAY = 24
DAYS_A_WEEK = 7
HOURS_A_WEEK = DAYS_A_WEEK * HOURS_A_DAY

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Hours:
    """Neighbouring hours, and what the clock shows when they begin.

    ``day`` is the ordinal of the date (1 is the first day of the year 1, a Monday), ``hour`` goes
    from 0 to 23. A day may have 23 or 25 hours, of which two then show the same ``hour``.
    """

    start_us: Instants
    end_us: Instants
    day: Numbers
    hour: Numbers

    def __len__(self) -> int:
        return len(self.start_us)

    def __getitem__(self, which: slice | Booleans) -> "Hours":
        return Hours(self.start_us[which], self.end_us[which], self.day[which], self.hour[which])

    @property
    def length_h(self) -> Floats:
        """How long each is, in hours: 1 but where a clock is changed by half an hour."""
        return (self.end_us - self.start_us) / US_PER_HOUR

    @property
    def slot(self) -> Numbers:
        """Hours of the week: 0 is Monday from 0 to 1, 167 Sunday from 23 to 24."""
        return (self.day - 1) % DAYS_A_WEEK * HOURS_A_DAY + self.hour

    @property
    def day_of_month(self) -> Numbers:
        """1 to 31."""
        if not len(self):
            return np.empty(0, np.int64)
        first, last = int(self.day[0]), int(self.day[-1])
        days = [date.fromordinal(ordinal).day for ordinal in range(first, last + 1)]
        return np.array(days, np.int64)[self.day - first]


@dataclass(frozen=True, slots=True)
class Load:
    """What sensors used, a row each, by hour.

    ``kwh`` is 0 where nothing is known; ``known_h`` says how much of each hour is, in hours, and
    ``expected_h`` how much of it should be.
    """

    hours: Hours
    kwh: Floats
    known_h: Floats
    expected_h: Floats

    def __getitem__(self, which: slice | Booleans) -> "Load":
        columns = (self.kwh, self.known_h, self.expected_h)
        return Load(self.hours[which], *(column[:, which] for column in columns))

    def pick(self, sensors: Numbers | Booleans) -> "Load":
        """Some of the sensors."""
        columns = (self.kwh, self.known_h, self.expected_h)
        return Load(self.hours, *(column[sensors] for column in columns))

    @property
    def is_whole(self) -> Booleans:
        """Which cells are known but for a few minutes."""
        whole: Booleans = self.known_h >= 0.9 * self.hours.length_h
        return whole

    @property
    def known_days(self) -> float:
        """How many days are known of the sensor of which most is."""
        return float(self.known_h.sum(axis=1).max(initial=0.0)) / HOURS_A_DAY

    @property
    def total_kwh(self) -> float:
        """Everything that is known."""
        return float(self.kwh.sum())

    @property
    def known_time(self) -> KnownTime:
        """How much of the time is known of which the total should be."""
        expected_h = float(self.expected_h.sum())
        known_h = float(np.minimum(self.known_h, self.expected_h).sum())
        passed_h = float(self.expected_h.max(axis=0, initial=0.0).sum())
        return KnownTime(passed_h * SECONDS_AN_HOUR, known_h / expected_h if expected_h else 1.0)


def make_hours(ends_us: Instants, zone: ZoneInfo) -> Hours:
    """The hours between neighbouring ``ends_us``, on the clock of ``zone``."""
    start_us = ends_us[:-1]
    local = [from_us(at_us).astimezone(zone) for at_us in start_us.tolist()]
    day = np.array([at.toordinal() for at in local], np.int64)
    return Hours(start_us, ends_us[1:], day, np.array([at.hour for at in local], np.int64))


def make_load(hours: Hours, kwh: Any, known_h: Any = None, expected_h: Any = None) -> Load:
    """A load of rows of kWh, in which NaN is unknown; without ``known_h`` the rest is whole.

    Without ``expected_h`` everything should be known.
    """
    kwh = np.atleast_2d(np.asarray(kwh, np.float64))
    known_h, expected_h = (
        np.broadcast_to(hours.length_h if given is None else given, kwh.shape)
        for given in (known_h, expected_h)
    )
    is_known = np.isfinite(kwh) & (known_h > 0)
    return Load(hours, np.where(is_known, kwh, 0.0), np.where(is_known, known_h, 0.0), expected_h)


def extend(load: Load, future: Hours) -> Load:
    """The load, and after it hours of which nothing is known, nor should be."""
    past, unknown = load.hours, np.zeros((len(load.kwh), len(future)))
    hours = Hours(
        np.concatenate([past.start_us, future.start_us]),
        np.concatenate([past.end_us, future.end_us]),
        np.concatenate([past.day, future.day]),
        np.concatenate([past.hour, future.hour]),
    )
    columns = (load.kwh, load.known_h, load.expected_h)
    return Load(hours, *(np.hstack([column, unknown]) for column in columns))


def mean_kw_by(load: Load, key: Numbers, count: int) -> Floats:
    """Each sensor's mean power by a key of the hours from 0 to ``count`` − 1; NaN if unknown."""
    return divide(sum_rows_by(key, load.kwh, count), sum_rows_by(key, load.known_h, count))


def divide(kwh: Floats, known_h: Floats) -> Floats:
    """Mean power of energy and the time it is of; NaN where there is no time."""
    mean_kw = np.full(kwh.shape, np.nan)
    np.divide(kwh, known_h, out=mean_kw, where=known_h > 0)
    return mean_kw


def sum_rows_by(key: Numbers, rows: Floats, count: int) -> Floats:
    """The sums of each row's values with the same key from 0 to ``count`` − 1."""
    cells = (np.arange(len(rows))[:, np.newaxis] * count + key).ravel()
    return sum_by(cells, rows.ravel(), len(rows) * count).reshape(len(rows), count)


def sum_by(key: Numbers, values: Floats, count: int = 0) -> Floats:
    """The sums of values with the same key, from 0 to the highest or to ``count`` − 1."""
    return np.asarray(np.bincount(key, values, count), np.float64)
