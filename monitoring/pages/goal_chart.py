"""The drawing of a month beside its goal: what is used, what is expected, and an even course."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from monitoring.pages.charts import Chart, Table, make_time_chart, to_cell
from monitoring.rules.goal import GoalCourse
from monitoring.rules.instants import to_us

Point = tuple[int, float]


def draw_goal(course: GoalCourse, *, now: datetime, zone: ZoneInfo) -> Chart:
    """The month of ``course`` as of ``now``: kWh from its first day on."""
    days = [date.fromordinal(ordinal) for ordinal in course.days.day.tolist()]
    ends = [*days[1:], date.fromordinal(days[-1].toordinal() + 1)]
    start_ms, *ends_ms = (_to_ms(day, zone) for day in (days[0], *ends))
    today = now.astimezone(zone).date()
    used, expected = _split(course, days.index(today), [start_ms, *ends_ms], to_us(now) // 1000)
    lines = [
        {"name": _("Used"), "style": "line-1", "points": used},
        {"name": _("Steady pace"), "style": "line-2", "points": _even(course, start_ms, ends_ms)},
    ]
    if course.projection is not None:
        lines.append({"name": _("Expected"), "style": "line-3", "points": expected})
    return Chart(
        id="goal-chart",
        title=_("Consumption this month against the goal, in kWh"),
        data=make_time_chart(
            unit="kWh",
            start_ms=start_ms,
            end_ms=ends_ms[-1],
            series=lines,
            limit=course.goal_kwh,
            limit_label=_("Goal"),
        ),
        table=_tabulate(course, days, today),
        legend=[str(line["name"]) for line in lines],
    )


def _split(
    course: GoalCourse, today: int, at_ms: list[int], now_ms: int
) -> tuple[list[Point], list[Point]]:
    """The course up to now, and from now on. What is not known of the past is expected, too."""
    totals = [0.0, *course.days.course_kwh.tolist()]
    used_kwh = course.known_kwh + (course.gap_kwh or 0.0)
    here = (now_ms, round(used_kwh, 3))
    past = [(at, round(kwh, 3)) for at, kwh in zip(at_ms[: today + 1], totals, strict=False)]
    future = list(zip(at_ms[today + 1 :], totals[today + 1 :], strict=True))
    return [*past, here], [here, *((at, round(kwh, 3)) for at, kwh in future)]


def _even(course: GoalCourse, start_ms: int, ends_ms: list[int]) -> list[Point]:
    return [(start_ms, 0.0), (ends_ms[-1], course.goal_kwh)]


def _tabulate(course: GoalCourse, days: list[date], today: date) -> Table:
    columns = course.days
    rows = [
        [
            date_format(day, "l, j F"),
            to_cell(None if np.isnan(known) else known),
            to_cell(total) if day <= today or course.projection else to_cell(None),
            to_cell(even),
        ]
        for day, known, total, even in zip(
            days,
            columns.known_kwh.tolist(),
            columns.course_kwh.tolist(),
            columns.even_kwh.tolist(),
            strict=True,
        )
    ]
    head = [_("Day"), _("Known (kWh)"), _("Used and expected so far (kWh)"), _("Steady pace (kWh)")]
    return Table(head, rows)


def _to_ms(day: date, zone: ZoneInfo) -> int:
    return to_us(datetime.combine(day, time(), zone)) // 1000
