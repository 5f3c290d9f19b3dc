"""A simulated meter: a household's load, its cumulative register, and the readings taken of it."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import count
from operator import attrgetter
from random import Random
from uuid import UUID

from sensor_sim.peaks import PeakLoad, Peaks
from sensor_sim.profile import EPOCH, Load, LoadProfile
from sensor_sim.steady import SteadyDays

REGISTER_DIGITS = 6
"""Digits after the point of a reading: at one reading a second 0.0036 kW still show."""
SHORTEST_INTERVAL = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter sends: its cumulative register in kWh at an instant (timezone-aware)."""

    measured_at: datetime
    sensor_id: UUID
    register_kwh: float


class Meter:
    """A meter whose register is a function of (arguments, time) alone and never falls.

    It is read at whole multiples of ``interval`` since ``EPOCH``, plus ``phase``. With
    ``register_kwh`` and ``register_at`` the register has that value (kWh) at that time; else one
    that depends on ``seed`` and ``sensor_id``. ``timezone`` decides when morning is. ``load`` is
    what it measures: without it, a household that is the same in every season.

    Raises ``ValueError`` if a value is out of its range.
    """

    def __init__(  # noqa: PLR0913 - keyword-only, with defaults
        self,
        sensor_id: UUID,
        *,
        seed: int = 0,
        mean_kwh_per_day: float = 10.0,
        timezone: tzinfo = UTC,
        load: Load | None = None,
        interval: timedelta = timedelta(seconds=10),
        phase: timedelta = timedelta(0),
        peaks: Peaks | None = None,
        register_kwh: float | None = None,
        register_at: datetime | None = None,
    ) -> None:
        if interval < SHORTEST_INTERVAL:
            raise ValueError("the interval must be at least 0.001 s")
        if (register_kwh is None) != (register_at is None):
            raise ValueError("register_kwh and register_at belong together")
        self.sensor_id = sensor_id
        self.interval = interval
        self._random = Random(f"{seed}:{sensor_id}")
        self._phase = phase
        self._load = load or LoadProfile(
            SteadyDays(f"{seed}:{sensor_id}", mean_kwh_per_day=mean_kwh_per_day),
            timezone=timezone,
        )
        # A household that has been there for one to five years at the register's zero point.
        self._offset_kwh = mean_kwh_per_day * self._random.uniform(365, 5 * 365)
        self._peak_load = self._make_peak_load(peaks) if peaks else None
        if register_kwh is not None and register_at is not None:
            self._offset_kwh += register_kwh - self.register_kwh_at(register_at)

    def register_kwh_at(self, at: datetime) -> float:
        """The cumulative register at ``at`` (timezone-aware), in kWh."""
        peaks_kwh = self._peak_load.energy_kwh_at(at) if self._peak_load else 0.0
        return self._offset_kwh + self._load.energy_kwh_at(at) + peaks_kwh

    def power_kw_at(self, at: datetime) -> float:
        """The momentary power at ``at``, in kW."""
        peak_kw = self._peak_load.power_kw_at(at) if self._peak_load else 0.0
        return self._load.power_kw_at(at) + peak_kw

    def readings(
        self, start: datetime, *, until: datetime | None = None, limit: int | None = None
    ) -> Iterator[Reading]:
        """The meter's readings in ``[start, until)``, at most ``limit`` of them; else for ever."""
        first_at = self._reading_time_from(start)
        for number in count() if limit is None else range(limit):
            measured_at = first_at + number * self.interval
            if until is not None and measured_at >= until:
                return
            register_kwh = round(self.register_kwh_at(measured_at), REGISTER_DIGITS)
            yield Reading(measured_at, self.sensor_id, register_kwh)

    def _reading_time_from(self, start: datetime) -> datetime:
        origin = EPOCH + self._phase
        return origin - (origin - start) // self.interval * self.interval

    def _make_peak_load(self, peaks: Peaks) -> PeakLoad:
        # Without a wish each sensor has its own moment, so that a fleet does not peak all at once.
        first_at = peaks.first_at or EPOCH + self._random.random() * peaks.every
        first_at = self._reading_time_from(first_at)
        return PeakLoad(peaks, interval=self.interval, first_at=first_at)


def past_readings(
    meter: Meter, start: datetime, end: datetime, interval: timedelta
) -> Iterator[tuple[datetime, float]]:
    """``(measured_at, register in kWh)`` at ``start`` and every ``interval`` on, before ``end``.

    ``meter.readings(end)`` goes on from there: the same register, and no reading twice.
    """
    for number in range(-((start - end) // interval)):
        measured_at = start + number * interval
        yield measured_at, round(meter.register_kwh_at(measured_at), REGISTER_DIGITS)


def merge_readings(
    meters: Iterable[Meter],
    start: datetime,
    *,
    until: datetime | None = None,
    limit: int | None = None,
) -> Iterator[Reading]:
    """The readings of all ``meters`` in the order of time; ``limit`` counts for each meter."""
    streams = [meter.readings(start, until=until, limit=limit) for meter in meters]
    return heapq.merge(*streams, key=attrgetter("measured_at"))
