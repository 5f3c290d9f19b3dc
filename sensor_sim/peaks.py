"""Power peaks that come again and again, and their energy."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sensor_sim.profile import EPOCH


@dataclass(frozen=True, kw_only=True)
class Peaks:
    """A spike of ``power_kw``, on top of the normal load, about every ``every``.

    ``duration`` is one reading interval if not given. ``first_at`` is a moment at which a spike
    starts; before and after it they repeat. If not given, it depends on the sensor.
    """

    every: timedelta
    power_kw: float
    duration: timedelta | None = None
    first_at: datetime | None = None


class PeakLoad:
    """The extra load of ``peaks`` as seen by a meter that is read every ``interval``.

    A spike starts at one of the meter's reading times and lasts for whole intervals: then the mean
    power between two readings is the full power of the spike, and not the half of it twice.

    Raises ``ValueError`` if the power is not positive, or if two spikes would come so close to each
    other that not one whole interval of normal load is left between them.
    """

    def __init__(self, peaks: Peaks, *, interval: timedelta, first_at: datetime) -> None:
        self._every, self._interval, self._first_at = peaks.every, interval, first_at
        self._power_kw = peaks.power_kw
        wanted = interval if peaks.duration is None else peaks.duration
        self._duration = _ceil(wanted, interval)
        if not (0 < peaks.power_kw < float("inf")):
            raise ValueError("the power of the peaks must be greater than 0 kW")
        if wanted <= timedelta(0):
            raise ValueError("the duration of the peaks must be greater than 0 s")
        if peaks.every // interval * interval < self._duration + interval:
            raise ValueError(
                f"peaks of {self._duration.total_seconds():g} s need at least "
                f"{(self._duration + interval).total_seconds():g} s from one to the next, so that "
                "an interval of normal power lies between them"
            )

    def energy_kwh_at(self, at: datetime) -> float:
        """Energy of all the spikes from ``EPOCH`` to ``at``, in kWh; it never falls."""
        return self._power_kw * ((self._time_on(at) - self._time_on(EPOCH)) / timedelta(hours=1))

    def power_kw_at(self, at: datetime) -> float:
        """``peaks.power_kw`` during a spike, else 0."""
        _, since_start = self._latest_start(at)
        return self._power_kw if since_start < self._duration else 0.0

    def _time_on(self, at: datetime) -> timedelta:
        earlier_spikes, since_start = self._latest_start(at)
        return earlier_spikes * self._duration + min(since_start, self._duration)

    def _latest_start(self, at: datetime) -> tuple[int, timedelta]:
        """The number of the latest spike that has started, and the time since its start.

        Spike k starts at k times ``every``, rounded up to a reading time: it is the latest k with
        k × every not after the latest reading time.
        """
        since_first = at - self._first_at
        number = since_first // self._interval * self._interval // self._every
        return number, since_first - _ceil(number * self._every, self._interval)


def _ceil(duration: timedelta, step: timedelta) -> timedelta:
    return -(-duration // step) * step
