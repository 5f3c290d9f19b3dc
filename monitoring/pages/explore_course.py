"""The power of sensors over any range of time, in as many steps as a chart can show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings

from monitoring.history.boundaries import GroupBy
from monitoring.history.consumption import Consumption
from monitoring.history.queries import get_consumption
from monitoring.pages.explore_range import MOST_STEPS, Range, Step
from monitoring.pages.power_history import get_power_stretches
from monitoring.pages.power_series import HOUR_S, Stretch, thin
from monitoring.rules.columns import Booleans, Floats, Instants
from monitoring.rules.hours import US_PER_HOUR, divide
from monitoring.rules.instants import to_us
from monitoring.rules.intervals import Quality

SHORTEST_STRETCH = timedelta(seconds=1)


@dataclass(frozen=True)
class Course:
    """Steps in order of time, those of which nothing is known left out."""

    start_us: Instants
    end_us: Instants
    kwh: Floats
    known_h: Floats  # in how many hours of it that is known to have flowed
    highest_kw: Floats  # NaN: not known
    is_estimated: Booleans

    def __len__(self) -> int:
        return len(self.start_us)

    @property
    def mean_kw(self) -> Floats:
        """The mean power of each step."""
        return divide(self.kwh, self.known_h)

    def join(self, every: int) -> "Course":
        """Some neighbouring steps as one each, so that there are fewer."""
        if not len(self) or every == 1:
            return self
        firsts = np.arange(0, len(self), every)
        lasts = np.append(firsts[1:], len(self)) - 1
        return Course(
            self.start_us[firsts],
            self.end_us[lasts],
            np.add.reduceat(self.kwh, firsts),
            np.add.reduceat(self.known_h, firsts),
            np.fmax.reduceat(self.highest_kw, firsts),
            np.logical_or.reduceat(self.is_estimated, firsts),
        )

    def within(self, start: datetime, end: datetime) -> "Course":
        """The steps that overlap the span."""
        is_in = (self.end_us > to_us(start)) & (self.start_us < to_us(end))
        return Course(
            self.start_us[is_in],
            self.end_us[is_in],
            self.kwh[is_in],
            self.known_h[is_in],
            self.highest_kw[is_in],
            self.is_estimated[is_in],
        )

    def energy_kwh(self, start: datetime, end: datetime) -> float:
        """What flowed in the span; of a step that is partly in it, its share."""
        since_us = np.maximum(self.start_us, to_us(start))
        until_us = np.minimum(self.end_us, to_us(end))
        shares = np.maximum(until_us - since_us, 0) / (self.end_us - self.start_us)
        return float((self.kwh * shares).sum())


def get_course(
    sensor_ids: Sequence[int], *, shown: Range, step: Step, now: datetime, zone: ZoneInfo
) -> Course:
    """The sensors together, in the range and its margins. Readings are those of one sensor."""
    start, end = shown.with_margins
    if step is Step.READING:
        return _get_readings(sensor_ids[0], start=start, end=end)
    found = get_consumption(sensor_ids, start=start, end=end, group_by=GroupBy(step), zone=zone)
    return make_course(found, now=now, is_one=len(sensor_ids) == 1)


def _get_readings(sensor_id: int, *, start: datetime, end: datetime) -> Course:
    stretch = max((end - start) / MOST_STEPS, SHORTEST_STRETCH)
    found = get_power_stretches(
        sensor_ids=[sensor_id],
        start=start - settings.HISTORY_MAX_GAP,
        end=end,
        longest_interval=settings.HISTORY_MAX_GAP,
        stretch=stretch,
    )
    return as_course(thin(found[sensor_id], MOST_STEPS))


def as_course(stretches: Sequence[Stretch]) -> Course:
    """Readings, a few together, as a course."""
    return Course(
        np.array([to_us(stretch.started_at) for stretch in stretches], np.int64),
        np.array([to_us(stretch.ended_at) for stretch in stretches], np.int64),
        np.array([stretch.energy_kwh for stretch in stretches], np.float64),
        np.array([stretch.seconds / HOUR_S for stretch in stretches], np.float64),
        np.array([stretch.highest_kw for stretch in stretches], np.float64),
        np.zeros(len(stretches), np.bool_),
    )


def make_course(found: Consumption, *, now: datetime, is_one: bool) -> Course:
    """Intervals as a course: mean power is energy by the time in which it is known to have flowed.

    How much of an estimated interval is known is not stored, and the sensors of a sum may know
    different parts: these count as whole, the current one up to ``now``.
    """
    end_us = np.minimum(found.end_us, max(to_us(now), int(found.start_us[0]) + 1))
    known_h = (end_us - found.start_us) / US_PER_HOUR
    if is_one:
        whole_h = (found.end_us - found.start_us) / US_PER_HOUR
        is_measured = found.quality == Quality.MEASURED
        known_h = np.where(is_measured, found.coverage * whole_h, known_h)
    is_known = np.isfinite(found.kwh) & (known_h > 0) & (end_us > found.start_us)
    return Course(
        found.start_us[is_known],
        end_us[is_known],
        found.kwh[is_known],
        known_h[is_known],
        found.peak_kw[is_known],
        (found.quality == Quality.ESTIMATED)[is_known],
    )
