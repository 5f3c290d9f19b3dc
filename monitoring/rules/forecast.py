"""The next hours from the average week, and how wrong that was on days it had not seen.

The backtest moves the origin day by day: each held-out day is forecast from the days before it
alone, as it would have been at its first midnight. It is measured beside the two forecasts that
cost nothing, "same as yesterday" and "same as a week ago" (seasonal naive). R. J. Hyndman,
G. Athanasopoulos, "Forecasting: Principles and Practice", 3rd edition, 5.2 (naive methods), 5.5
(intervals from past errors) and 5.10 (cross-validation of time series). The weighted absolute
percentage error is the one that is defined where single hours use nothing: S. Kolassa, W. Schütz,
"Advantages of the MAD/Mean Ratio over the MAPE", Foresight 6, 2007.
"""

from dataclasses import dataclass

import numpy as np

from monitoring.rules.columns import Booleans, Floats
from monitoring.rules.hours import (
    DAYS_A_WEEK,
    HOURS_A_DAY,
    Hours,
    Load,
    Numbers,
    mean_kw_by,
    sum_by,
)
from monitoring.rules.profile import WeekSums, expected_kw, make_profile_of_live

#: A held-out day needs a whole week before it, which the profile and "a week ago" both take.
TRAINING_DAYS = 7
#: Days, of which the newest complete ones are held out.
MOST_HELD_OUT_DAYS = 14
FEWEST_HELD_OUT_DAYS = 3
#: Less is no day whose total could be judged.
FEWEST_HOURS_A_DAY = 20
#: So much of history a forecast takes, in days.
NEEDED_DAYS = TRAINING_DAYS + FEWEST_HELD_OUT_DAYS
#: The range leaves out a tenth of the past errors on either side.
RANGE_QUANTILES = (0.1, 0.9)


@dataclass(frozen=True, slots=True)
class Errors:
    """How far a way to forecast was off on the held-out days.

    ``hour_mae_kwh`` is the mean absolute error of an hour, ``day_mae_kwh`` of a day's total;
    ``wape_percent`` all absolute errors of hours in percent of all energy, None of no energy.
    """

    hour_mae_kwh: float
    day_mae_kwh: float
    wape_percent: float | None


@dataclass(frozen=True, slots=True)
class Backtest:
    """The errors of the profile and of the naive forecasts, on the same hours of the same days."""

    days: int
    hours: int
    mean_day_kwh: float
    profile: Errors
    same_as_yesterday: Errors
    same_as_last_week: Errors
    #: actual − forecast in kWh, a row a held-out day and a column an hour of the clock; NaN where
    #: it is not known.
    hour_errors_kwh: Floats
    day_errors_kwh: Floats

    @property
    def is_better_than_naive(self) -> bool:
        """Whether the profile's hours were less wrong than those of both naive forecasts.

        By a milliwatt hour at least: less is the rounding of sums.
        """
        naive = min(self.same_as_yesterday.hour_mae_kwh, self.same_as_last_week.hour_mae_kwh)
        return naive - self.profile.hour_mae_kwh >= 1e-6


@dataclass(frozen=True, slots=True)
class Expected:
    """An energy to come, and between what it will probably lie."""

    kwh: float
    low_kwh: float
    high_kwh: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """Hours to come, in columns, all sensors together."""

    hours: Hours
    kwh: Floats
    low_kwh: Floats
    high_kwh: Floats
    backtest: Backtest

    def __getitem__(self, which: slice) -> "Forecast":
        columns = (self.kwh[which], self.low_kwh[which], self.high_kwh[which])
        return Forecast(self.hours[which], *columns, self.backtest)

    @property
    def kw(self) -> Floats:
        """The expected mean power of each hour."""
        kw: Floats = self.kwh / self.hours.length_h
        return kw

    @property
    def high_kw(self) -> Floats:
        """The upper end of the range of each hour's mean power."""
        high_kw: Floats = self.high_kwh / self.hours.length_h
        return high_kw

    @property
    def day(self) -> Expected:
        """The first 24 of the hours together. Errors of hours cancel out, so the range is of days.

        For fewer hours it is as wide as for a day.
        """
        kwh = float(self.kwh[:HOURS_A_DAY].sum())
        low, high = np.quantile(self.backtest.day_errors_kwh, RANGE_QUANTILES)
        return Expected(kwh, max(0.0, kwh + min(float(low), 0.0)), kwh + max(float(high), 0.0))


def make_forecast(load: Load, future: Hours) -> Forecast | None:
    """The energy of the hours of ``future``, from a load that ends before they begin.

    Sensors of which nothing was known lately are left out. None where the load is too short to say
    how good the forecast is: ``NEEDED_DAYS``.
    """
    backtest = run_backtest(load)
    if backtest is None:
        return None
    kwh = expected_kw(make_profile_of_live(load), future).sum(axis=0) * future.length_h
    low_kw, high_kw = _range_by_hour(backtest.hour_errors_kwh)[:, future.hour]
    return Forecast(
        future,
        kwh,
        np.maximum(kwh + np.minimum(low_kw, 0) * future.length_h, 0),
        kwh + np.maximum(high_kw, 0) * future.length_h,
        backtest,
    )


def run_backtest(load: Load) -> Backtest | None:
    """Forecasts the newest complete days, each from what came before it.

    The last day of the load is not complete. None where fewer than ``FEWEST_HELD_OUT_DAYS`` have
    ``FEWEST_HOURS_A_DAY`` hours that all three ways can forecast and that are known.
    """
    day = load.hours.day
    predicted_kw = _forecast_days(load, _held_out_days(load.hours))
    naive_kw = _same_as(load, days_ago=1), _same_as(load, days_ago=DAYS_A_WEEK)
    cells = load.is_whole & np.isfinite(predicted_kw)
    cells &= np.isfinite(naive_kw[0]) & np.isfinite(naive_kw[1])
    columns: Booleans = np.any(cells, axis=0)
    columns &= _is_on_long_day(day, columns)
    if len(np.unique(day[columns])) < FEWEST_HELD_OUT_DAYS:
        return None
    scores = _Scores(load[columns], cells[:, columns])
    return scores.make_backtest(*(kw[:, columns] for kw in (predicted_kw, *naive_kw)))


class _Scores:
    """Compares forecasts with what came, in the cells that count."""

    def __init__(self, load: Load, cells: Booleans) -> None:
        self._load = load
        self._cells = cells
        self._days, self._day = np.unique(load.hours.day, return_inverse=True)
        self._actual_kwh = load.kwh.sum(axis=0, where=cells)

    def make_backtest(self, profile_kw: Floats, yesterday_kw: Floats, week_kw: Floats) -> Backtest:
        errors_kwh = self._errors_kwh(profile_kw)
        return Backtest(
            days=len(self._days),
            hours=len(self._actual_kwh),
            mean_day_kwh=float(self._actual_kwh.sum()) / len(self._days),
            profile=self._score(errors_kwh),
            same_as_yesterday=self._score(self._errors_kwh(yesterday_kw)),
            same_as_last_week=self._score(self._errors_kwh(week_kw)),
            hour_errors_kwh=self._by_clock(errors_kwh),
            day_errors_kwh=sum_by(self._day, errors_kwh),
        )

    def _errors_kwh(self, predicted_kw: Floats) -> Floats:
        """actual − forecast of each hour, all sensors together."""
        predicted_kwh = (predicted_kw * self._load.known_h).sum(axis=0, where=self._cells)
        errors_kwh: Floats = self._actual_kwh - predicted_kwh
        return errors_kwh

    def _score(self, errors_kwh: Floats) -> Errors:
        absolute_kwh, used_kwh = float(np.abs(errors_kwh).sum()), float(self._actual_kwh.sum())
        return Errors(
            hour_mae_kwh=absolute_kwh / len(errors_kwh),
            day_mae_kwh=float(np.abs(sum_by(self._day, errors_kwh)).mean()),
            wape_percent=100 * absolute_kwh / used_kwh if used_kwh > 0 else None,
        )

    def _by_clock(self, errors_kwh: Floats) -> Floats:
        table = np.full((len(self._days), HOURS_A_DAY), np.nan)
        table[self._day, self._load.hours.hour] = errors_kwh
        return table


def _held_out_days(hours: Hours) -> list[int]:
    if not len(hours):
        return []
    first, last = int(hours.day[0]) + TRAINING_DAYS, int(hours.day[-1])
    return list(range(max(first, last - MOST_HELD_OUT_DAYS), last))


def _is_on_long_day(day: Numbers, columns: Booleans) -> Booleans:
    if not len(day):
        return columns
    hours = sum_by(day - day[0], columns.astype(np.float64))
    is_long: Booleans = hours[day - day[0]] >= FEWEST_HOURS_A_DAY
    return is_long


def _forecast_days(load: Load, days: list[int]) -> Floats:
    """The power of neighbouring days, each from all that is known before it and nothing else."""
    predicted_kw = np.full(load.kwh.shape, np.nan)
    if not days:
        return predicted_kw
    day = load.hours.day
    before = WeekSums.of(load[day < days[0]])
    for tested in days:
        is_tested = day == tested
        predicted_kw[:, is_tested] = expected_kw(before.make_profile(), load.hours[is_tested])
        before += WeekSums.of(load[is_tested])
    return predicted_kw


def _same_as(load: Load, *, days_ago: int) -> Floats:
    """Each sensor's power at the same time of the clock some days before; NaN if not known."""
    if not len(load.hours):
        return load.kwh
    key: Numbers = (load.hours.day - load.hours.day[0]) * HOURS_A_DAY + load.hours.hour
    by_clock = mean_kw_by(load, key, int(key[-1]) + 1)
    earlier = key - days_ago * HOURS_A_DAY
    return np.where(earlier >= 0, by_clock[:, np.maximum(earlier, 0)], np.nan)


def _range_by_hour(hour_errors_kwh: Floats) -> Floats:
    """The low and the high end of past errors by hour of the clock, neighbouring hours included.

    An hour without any, in none of the three, takes those of all hours.
    """
    neighbours = [np.roll(hour_errors_kwh, shift, axis=1) for shift in (-1, 0, 1)]
    pooled = np.concatenate(neighbours)
    pooled[:, np.isnan(pooled).all(axis=0)] = np.resize(
        hour_errors_kwh[np.isfinite(hour_errors_kwh)], (len(pooled), 1)
    )
    ends: Floats = np.nanquantile(pooled, RANGE_QUANTILES, axis=0)
    return ends
