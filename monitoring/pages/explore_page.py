"""What the page to explore shows: power over any range of time, as a chart, figures and a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from devices.models import Sensor
from monitoring.pages.charts import DRAWN_DECIMALS, Chart, Table, make_time_chart, to_cell
from monitoring.pages.explore_course import Course, get_course
from monitoring.pages.explore_peaks import MarkedPeaks, get_marked_peaks
from monitoring.pages.explore_range import Range, Step, get_last
from monitoring.pages.power_now import as_mark
from monitoring.rules.columns import Floats, Instants
from monitoring.rules.instants import from_us, to_us
from monitoring.sql import array
from monitoring.templatetags.quantities import limit_kw

#: A table of readings has at most this many rows; of other steps it has a row each.
MOST_ROWS = 250

STEP_NOTES: Mapping[Step, str | Promise] = {
    Step.READING: gettext_lazy("Each step is the mean between readings."),
    Step.QUARTER: gettext_lazy("Each step is the mean of a quarter hour."),
    Step.HOUR: gettext_lazy("Each step is the mean of an hour."),
    Step.DAY: gettext_lazy("Each step is the mean of a day."),
    Step.MONTH: gettext_lazy("Each step is the mean of a month."),
}
#: How the start of a step is written, in Django's format letters.
_FORMATS: Mapping[Step, str | Promise] = {
    Step.READING: gettext_lazy("j M Y, H:i:s"),
    Step.QUARTER: gettext_lazy("j M Y, H:i"),
    Step.HOUR: gettext_lazy("j M Y, H:i"),
    Step.DAY: gettext_lazy("j M Y"),
    Step.MONTH: "F Y",
}


@dataclass(frozen=True)
class Subject:
    """Whose power is shown. ``limit_kw`` is that of a sensor, or a device's for a whole hour."""

    name: str
    sensors: Sequence[Sensor]
    limit_kw: float

    @property
    def sensor_ids(self) -> list[int]:
        """The keys of its sensors."""
        return [sensor.pk for sensor in self.sensors]

    @property
    def is_one(self) -> bool:
        """Whether there is one sensor: its readings and its highest power are known."""
        return len(self.sensors) == 1


@dataclass(frozen=True)
class Summary:
    """The range in a few figures; None where nothing is known (kWh, kW)."""

    energy_kwh: float | None
    mean_kw: float | None
    highest_kw: float | None
    highest_at: datetime | None
    peak_count: int
    is_all_peaks: bool


@dataclass(frozen=True)
class Preset:
    """A range to begin with, up to now."""

    key: str
    name: str
    range: Range
    is_current: bool


@dataclass(frozen=True)
class ExplorePage:
    """A range of a subject's power."""

    subject: Subject
    shown: Range
    presets: list[Preset]
    chart: Chart
    summary: Summary

    @property
    def title(self) -> str:
        """The range in words, in the current zone."""
        return name_range(self.shown)


def get_explore_page(
    *,
    subject: Subject,
    user: User,
    shown: Range,
    now: datetime,
    zone: ZoneInfo,
) -> ExplorePage:
    """The page of a range; work and answer are bounded, whatever the range."""
    step, course = _get_course(subject, shown, now, zone)
    start, end = shown.with_margins
    marked = get_marked_peaks(sensor_ids=subject.sensor_ids, user=user, start=start, end=end)
    data = _draw(subject, course, marked, shown=shown, step=step)
    data["from"], data["to"] = _get_extent_ms(subject, shown, now)
    inside = course.within(shown.start, shown.end)
    chart = Chart(
        id="explore-chart",
        title=_("Power of %(name)s, %(range)s, in kW")
        % {"name": subject.name, "range": name_range(shown)},
        data=data,
        table=_make_table(inside, subject, step, zone),
        note=_make_note(inside, subject, marked, step),
    )
    summary = _summarize(inside, shown, marked)
    return ExplorePage(subject, shown, _get_presets(shown, now), chart, summary)


def name_range(shown: Range) -> str:
    """The range in words; whole days of the current zone without the time."""
    start, end = timezone.localtime(shown.start), timezone.localtime(shown.end)
    if start.time() == end.time() == datetime.min.time():
        last = end - timedelta(days=1)
        first, day = date_format(start, _("j M Y")), date_format(last, _("j M Y"))
        return first if first == day else f"{first} – {day}"
    whole = _("j M Y, H:i")
    clock = "H:i" if start.date() == end.date() else whole
    return f"{date_format(start, whole)} – {date_format(end, clock)}"


def _get_course(
    subject: Subject, shown: Range, now: datetime, zone: ZoneInfo
) -> tuple[Step, Course]:
    """The course in the finest step that tells something.

    Of a meter that reports once a day, or of readings that are no longer kept, only the stored
    quarter hours do.
    """
    step = shown.choose_step(has_readings=subject.is_one)
    course = get_course(subject.sensor_ids, shown=shown, step=step, now=now, zone=zone)
    if len(course) or step is not Step.READING:
        return step, course
    step = Step.QUARTER
    return step, get_course(subject.sensor_ids, shown=shown, step=step, now=now, zone=zone)


def _get_presets(shown: Range, now: datetime) -> list[Preset]:
    """The last 24 hours, week, month and year, as far as the bounds allow."""
    names = {
        1: _("24 hours"),
        7: _("7 days"),
        30: _("30 days"),
        365: _("A year"),
    }
    ranges = {
        days: get_last(timedelta(days=days), now=now, bounds=shown.bounds)
        for days in names
        if timedelta(days=days) <= shown.bounds.longest
    }
    return [
        Preset(f"last-{days}", names[days], found, found == shown) for days, found in ranges.items()
    ]


def _draw(
    subject: Subject, course: Course, marked: MarkedPeaks, *, shown: Range, step: Step
) -> dict[str, Any]:
    series = []
    if not np.isnan(course.highest_kw).all():
        points = make_steps(course.start_us, course.end_us, course.highest_kw)
        series.append({"name": _("Highest"), "style": "area", "is_stepped": True, "points": points})
    points = make_steps(course.start_us, course.end_us, course.mean_kw)
    series.append({"name": _("Mean"), "style": "line", "is_stepped": True, "points": points})
    return make_time_chart(
        unit="kW",
        start_ms=to_us(shown.start) // 1000,
        end_ms=to_us(shown.end) // 1000,
        series=series,
        peaks=[as_mark(listed.peak, listed.url) for listed in marked.peaks],
        narrowest_ms=shown.bounds.shortest // timedelta(milliseconds=1),
        widest_ms=shown.bounds.longest // timedelta(milliseconds=1),
        **_get_limit(subject, step),
    )


def _get_limit(subject: Subject, step: Step) -> dict[str, Any]:
    """A sensor's limit; a device's, which is that of an hour, where steps are no longer."""
    if subject.is_one:
        return {"limit": subject.limit_kw, "limit_label": _("Limit")}
    if step in (Step.QUARTER, Step.HOUR):
        return {"limit": subject.limit_kw, "limit_label": _("Maximum")}
    return {}


def make_steps(
    start_us: Instants, end_us: Instants, values: Floats
) -> list[tuple[int, float | None]]:
    """The points of a line that keeps each value until the next (ms, kW); a null in each gap."""
    points: list[tuple[int, float | None]] = []
    last: tuple[int, float] | None = None  # where the step before ends, and its value
    values = np.round(values, DRAWN_DECIMALS)
    columns = ((start_us // 1000).tolist(), (end_us // 1000).tolist(), values.tolist())
    for start, end, value in zip(*columns, strict=True):
        if value != value:  # noqa: PLR0124 - NaN
            continue
        if last is not None and last[0] < start:
            points += [last, (last[0], None)]
        points.append((start, value))
        last = (end, value)
    if last is not None:
        points.append(last)
    return points


def _get_extent_ms(subject: Subject, shown: Range, now: datetime) -> tuple[int, int]:
    """From when to when one may pan: from the first stored day to now, and what is shown."""
    query = """
        SELECT min(first.day)::timestamp AT TIME ZONE 'UTC'
        FROM unnest(%s::bigint[]) AS sensor (id)
        CROSS JOIN LATERAL (
            SELECT day FROM monitoring_intervalday WHERE sensor_id = sensor.id ORDER BY day LIMIT 1
        ) first
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [array(subject.sensor_ids)])
        (first,) = cursor.fetchone()
    start, end = min(first or shown.start, shown.start), max(now, shown.end)
    return to_us(start) // 1000, to_us(end) // 1000


def _make_table(course: Course, subject: Subject, step: Step, zone: ZoneInfo) -> Table:
    """A row a step, of readings a row for a few; without a highest power where none is known."""
    course = course.join(-(-len(course) // MOST_ROWS) if step is Step.READING else 1)
    name = str(_FORMATS[step])
    rows = [
        [
            date_format(from_us(start_us).astimezone(zone), name),
            *(to_cell(None if np.isnan(value) else value) for value in values),
        ]
        for start_us, *values in zip(
            course.start_us.tolist(),
            course.mean_kw.tolist(),
            course.highest_kw.tolist(),
            course.kwh.tolist(),
            strict=True,
        )
    ]
    head = [_("From"), _("Mean (kW)"), _("Highest (kW)"), _("Consumption (kWh)")]
    if not subject.is_one:
        return Table([*head[:2], head[3]], [[*row[:2], row[3]] for row in rows])
    return Table(head, rows)


def _make_note(inside: Course, subject: Subject, marked: MarkedPeaks, step: Step) -> str:
    notes = [str(STEP_NOTES[step])]
    if subject.is_one:
        notes.append(_("Limit %(limit)s.") % {"limit": limit_kw(subject.limit_kw)})
    if inside.is_estimated.any():
        notes.append(_("Partly estimated: readings are far apart."))
    if not marked.is_all:
        notes.append(_("Not all peaks are marked: zoom in to see the others."))
    return " ".join(notes)


def _summarize(inside: Course, shown: Range, marked: MarkedPeaks) -> Summary:
    peaks = [
        one for one in marked.peaks if one.ended_at > shown.start and one.started_at < shown.end
    ]
    count = len(peaks)
    if not len(inside):
        return Summary(None, None, None, None, count, marked.is_all)
    energy_kwh = inside.energy_kwh(shown.start, shown.end)
    mean_kw = float(inside.kwh.sum() / inside.known_h.sum())
    if np.isnan(inside.highest_kw).all():
        return Summary(energy_kwh, mean_kw, None, None, count, marked.is_all)
    highest = int(np.nanargmax(inside.highest_kw))
    highest_kw = float(inside.highest_kw[highest])
    highest_at = from_us(int(inside.start_us[highest]))
    return Summary(energy_kwh, mean_kw, highest_kw, highest_at, count, marked.is_all)
