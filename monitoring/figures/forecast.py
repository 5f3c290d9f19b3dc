"""What a client will probably use in the next hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitoring.figures.loads import get_hours, get_loads, just_after, midnight
from monitoring.rules.forecast import NEEDED_DAYS, Forecast, make_forecast

#: Six weeks before the first of the two weeks that are held out.
SPAN = timedelta(weeks=8)
#: What is left of the current hour, and 24 more.
AHEAD = timedelta(hours=25)


@dataclass(frozen=True)
class ForecastAnswer:
    """A forecast from the current hour on, None while there are too few days to make one of."""

    outlook: Forecast | None
    known_days: int
    needed_days: int = NEEDED_DAYS

    @property
    def next_day(self) -> Forecast | None:
        """The 24 hours from the next full hour on."""
        return self.outlook and self.outlook[1:25]


def get_forecast(
    *, sensor_ids: Sequence[int], now: datetime, zone: ZoneInfo, until: datetime | None = None
) -> ForecastAnswer:
    """The sensors together on the clock of ``zone``, for a day and at least ``until``; one read."""
    since = midnight(now.astimezone(zone).date() - SPAN, zone)
    loads = get_loads(sensor_ids=sensor_ids, start=since, end=just_after(now), zone=zone)
    future = get_hours(start=now, end=max(until or now, now + AHEAD), zone=zone)
    return ForecastAnswer(make_forecast(loads.measured, future), int(loads.measured.known_days))
