"""What the page of one sensor shows: live power, the last day, and its peaks."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from accounts.models import User
from devices.models import Sensor
from monitoring.pages.charts import Chart
from monitoring.pages.peak_lists import ListedPeak, get_peaks
from monitoring.pages.power_chart import PowerChart, draw_power_chart
from monitoring.pages.power_history import get_power_stretches
from monitoring.pages.power_now import SPAN as LIVE_SPAN
from monitoring.pages.power_now import as_mark, get_curve, make_live_chart
from monitoring.pages.power_series import Hour, Stretch, Summary, Window, summarize, tabulate_hours
from monitoring.pages.sensor_cards import SensorCard, make_sensor_card
from monitoring.rules.known import KnownTime

SPAN = timedelta(hours=24)


@dataclass(frozen=True)
class SensorDay:
    """A sensor's power over the last 24 hours."""

    card: SensorCard
    chart: PowerChart
    summary: Summary | None
    hours: list[Hour]
    peak_count: int

    @property
    def known(self) -> KnownTime | None:
        """How much of the 24 hours is known."""
        span_s = SPAN.total_seconds()
        return KnownTime(span_s, self.summary.known_s / span_s) if self.summary else None


@dataclass(frozen=True)
class SensorPage:
    """A sensor: now, over the last day, and its newest peaks."""

    card: SensorCard
    live: Chart
    day: SensorDay
    newest_peaks: list[ListedPeak]

    @property
    def power_ids(self) -> str:
        """The id of its sensor, for the browser to add its peaks."""
        return str(self.card.sensor.uuid)


def get_sensor_page(*, sensor: Sensor, user: User, now: datetime, zone: tzinfo) -> SensorPage:
    """The page as of ``now``; hours are those of ``zone``. ``sensor.state`` is at hand."""
    stretches = get_power_stretches(sensor_ids=[sensor.pk], start=now - SPAN, end=now)[sensor.pk]
    peaks = get_peaks(sensor_ids=[sensor.pk], user=user, since=now - SPAN)
    live = make_live_chart(
        get_curve(sensor, now=now),
        stretches=stretches,
        marks=[as_mark(p.peak, p.url) for p in peaks if p.peak.ended_at > now - LIVE_SPAN],
        now=now,
    )
    return SensorPage(
        card=make_sensor_card(sensor, now=now),
        live=live,
        day=_make_day(sensor, stretches, peaks, now=now, zone=zone),
        newest_peaks=get_peaks(sensor_ids=[sensor.pk], user=user),
    )


def _make_day(
    sensor: Sensor,
    stretches: list[Stretch],
    peaks: list[ListedPeak],
    *,
    now: datetime,
    zone: tzinfo,
) -> SensorDay:
    card = make_sensor_card(sensor, now=now)
    chart = draw_power_chart(
        stretches,
        peaks,
        limit_kw=card.limit_kw,
        window=Window(now - SPAN, now, zone),
    )
    hours = tabulate_hours(stretches, zone)
    return SensorDay(card, chart, summarize(stretches), hours, len(peaks))
