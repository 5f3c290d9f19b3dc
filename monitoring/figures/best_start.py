"""When a client had best start an appliance."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from monitoring.figures.forecast import ForecastAnswer, get_forecast
from monitoring.figures.scope import Scope
from monitoring.rules.best_start import BestStart, Steps, Wish, find_best_start, find_window
from monitoring.rules.forecast import Forecast


class WindowTooShort(ValueError):
    """The programme takes longer than there is time from the earliest to the latest."""


@dataclass(frozen=True)
class BestStartAnswer:
    """The best start by a forecast; None while there are too few days to make one of."""

    best: BestStart | None
    forecast: ForecastAnswer


def get_best_start(*, scope: Scope, wish: Wish, now: datetime, zone: ZoneInfo) -> BestStartAnswer:
    """The start in the next window from the earliest to the latest, by which the programme ends.

    The window may wrap midnight; the same time twice is the next 24 hours. Raises
    ``WindowTooShort``.
    """
    window = find_window(wish, now=now, zone=zone)
    if window is None:
        raise WindowTooShort
    answer = get_forecast(sensor_ids=scope.sensor_ids, now=now, zone=zone, until=window.end)
    if answer.outlook is None:
        return BestStartAnswer(None, answer)
    steps = _as_steps(answer.outlook)
    best = find_best_start(steps, wish.programme, window, limit_kw=scope.limit_kw)
    return BestStartAnswer(best, answer)


def _as_steps(forecast: Forecast) -> Steps:
    hours = forecast.hours
    return Steps(hours.start_us, hours.end_us, forecast.kw, forecast.high_kw)
