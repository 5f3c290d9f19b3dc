"""What the forecast's page shows: the next 24 hours, how good that is, and the best start."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from monitoring.figures.best_start import WindowTooShort, get_best_start
from monitoring.figures.forecast import ForecastAnswer, get_forecast
from monitoring.figures.scope import Scope
from monitoring.pages.best_start_form import BestStartForm
from monitoring.pages.charts import Chart, Table, make_time_chart, to_cell, to_json_values, to_ms
from monitoring.pages.forecast_choice import Choice, get_choices, get_chosen_scope
from monitoring.rules.best_start import BestStart, Wish
from monitoring.rules.columns import Floats
from monitoring.rules.forecast import Backtest, Errors, Forecast
from monitoring.rules.instants import from_us


class Method(NamedTuple):
    """A way to forecast, and how far it was off."""

    name: str | Promise
    errors: Errors


@dataclass(frozen=True)
class ForecastPage:
    """The page. ``best`` is None where nothing valid was asked for, or nothing can be told."""

    choices: list[Choice]
    chosen: str
    sensor_count: int
    answer: ForecastAnswer
    form: BestStartForm
    wish: Wish | None
    best: BestStart | None
    chart: Chart | None

    @property
    def is_choice(self) -> bool:
        """Whether there is more than one meter to choose from."""
        return sum(len(choice.sensors) for choice in self.choices) > 1

    @property
    def forecast(self) -> Forecast | None:
        """The next 24 hours."""
        return self.answer.next_day

    @property
    def backtest(self) -> Backtest | None:
        """How good it was."""
        return self.answer.outlook.backtest if self.answer.outlook else None

    @property
    def methods(self) -> list[Method]:
        """The forecast, and those that cost nothing."""
        test = self.backtest
        if test is None:
            return []
        return [
            Method(gettext_lazy("This forecast"), test.profile),
            Method(gettext_lazy("Same as yesterday"), test.same_as_yesterday),
            Method(gettext_lazy("Same as a week ago"), test.same_as_last_week),
        ]

    @property
    def is_as_good_as_yesterday(self) -> bool:
        """Whether of the two naive ones "same as yesterday" was the better."""
        test = self.backtest
        if test is None:
            return False
        return test.same_as_yesterday.hour_mae_kwh <= test.same_as_last_week.hour_mae_kwh


def get_forecast_page(
    *, user: User, given: Mapping[str, str], now: datetime, zone: ZoneInfo
) -> ForecastPage:
    """The page of what was ``given`` in the address. Raises ``UnknownScope``."""
    chosen = given.get("of", "")
    scope = get_chosen_scope(user=user, chosen=chosen)
    form = BestStartForm(given)
    wish = form.get_wish()
    answer, best = _ask(scope, form, wish, now=now, zone=zone)
    day = answer.next_day
    return ForecastPage(
        choices=get_choices(user=user),
        chosen=chosen,
        sensor_count=len(scope.sensors),
        answer=answer,
        form=form,
        wish=wish,
        best=best,
        chart=_draw(day, zone) if day else None,
    )


def _ask(
    scope: Scope, form: BestStartForm, wish: Wish | None, *, now: datetime, zone: ZoneInfo
) -> tuple[ForecastAnswer, BestStart | None]:
    """One read for both; the form learns of it if the window is too short."""
    if wish is not None:
        try:
            found = get_best_start(scope=scope, wish=wish, now=now, zone=zone)
        except WindowTooShort:
            form.add_error("latest", _("The appliance runs longer than that."))
        else:
            return found.forecast, found.best
    return get_forecast(sensor_ids=scope.sensor_ids, now=now, zone=zone), None


def _draw(day: Forecast, zone: ZoneInfo) -> Chart:
    start_ms, end_ms = to_ms(day.hours.start_us), to_ms(day.hours.end_us)
    lines = [
        (_("Expected"), day.kwh, "line"),
        (_("Up to"), day.high_kwh, "area"),
        (_("At least"), day.low_kwh, "dashed"),
    ]
    series = [
        {"name": name, "style": style, "points": _steps(start_ms, end_ms, kwh)}
        for name, kwh, style in lines
    ]
    return Chart(
        id="forecast-chart",
        title=_("Expected consumption in the next 24 hours, in kWh by hour"),
        data=make_time_chart(unit="kWh", start_ms=start_ms[0], end_ms=end_ms[-1], series=series),
        table=_tabulate(day, zone),
        key=_(
            "The line shows the expected consumption. Eight in ten hours should fall between "
            "the dashed line and the upper edge of the shaded area."
        ),
    )


def _steps(start_ms: list[int], end_ms: list[int], kwh: Floats) -> list[tuple[int, float | None]]:
    """A line that keeps each hour's value from its start to its end."""
    hours = zip(start_ms, end_ms, to_json_values(kwh), strict=True)
    return [point for start, end, value in hours for point in ((start, value), (end, value))]


def _tabulate(day: Forecast, zone: ZoneInfo) -> Table:
    columns = (day.kwh.tolist(), day.low_kwh.tolist(), day.high_kwh.tolist())
    rows = [
        [_clock(at_us, zone), *map(to_cell, values)]
        for at_us, *values in zip(day.hours.start_us.tolist(), *columns, strict=True)
    ]
    head = [_("Hour from"), _("Expected (kWh)"), _("At least (kWh)"), _("Up to (kWh)")]
    return Table(head, rows)


def _clock(at_us: int, zone: ZoneInfo) -> str:
    return date_format(from_us(at_us).astimezone(zone), "D, H:i")
