"""Where lines and marks stand."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from monitoring.pages.power_chart import (
    BASE,
    BOX_WIDTH,
    MOST_PEAKS,
    TOP,
    PowerChart,
    choose_power_ticks,
    draw_power_chart,
)
from monitoring.pages.power_series import Stretch, Window

START = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
END = START + timedelta(hours=24)


def stretch(hour: float, hours: float, mean_kw: float, highest_kw: float = 0) -> Stretch:
    start = START + timedelta(hours=hour)
    end = start + timedelta(hours=hours)
    return Stretch(start, end, mean_kw, highest_kw or mean_kw)


def peak(hour: float, hours: float, power_kw: float) -> Any:
    start = START + timedelta(hours=hour)
    end = start + timedelta(hours=hours)
    return SimpleNamespace(started_at=start, ended_at=end, power_kw=power_kw)


def draw(*stretches: Stretch, peaks: tuple[Any, ...] = (), limit_kw: float = 4) -> PowerChart:
    return draw_power_chart(stretches, peaks, limit_kw=limit_kw, window=Window(START, END, UTC))


@pytest.mark.parametrize(
    ("highest_kw", "ticks", "decimals"),
    [
        (4, [0, 1, 2, 3, 4], 0),
        (5.1, [0, 2, 4, 6], 0),
        (0.9, [0, 0.2, 0.4, 0.6, 0.8, 1.0], 1),
        (12, [0, 2.5, 5, 7.5, 10, 12.5], 1),
        (0.11, [0, 0.025, 0.05, 0.075, 0.1, 0.125], 3),
        (0.04, [0, 0.01, 0.02, 0.03, 0.04], 2),
        (40, [0, 10, 20, 30, 40], 0),
        (0, [0, 0.002], 3),
    ],
)
def test_power_ticks_are_round(highest_kw: float, ticks: list[float], decimals: int) -> None:
    assert choose_power_ticks(highest_kw) == (ticks, decimals)


def test_line_steps_from_power_to_power() -> None:
    chart = draw(stretch(0, 12, 2), stretch(12, 12, 4))
    middle = (TOP + BASE) / 2
    assert chart.mean_path == f"M0 {middle:g}V{middle:g}H720V{TOP}H{BOX_WIDTH}"


def test_gap_is_a_gap() -> None:
    chart = draw(stretch(0, 1, 2), stretch(2, 1, 2))
    assert chart.mean_path.count("M") == 2
    assert chart.highest_path.count("Z") == 2


def test_area_is_that_of_the_highest_power_and_closed_at_the_base() -> None:
    chart = draw(stretch(0, 24, 1, 4))
    assert chart.highest_path == f"M0 {TOP}V{TOP}H{BOX_WIDTH}V{BASE}H0Z"


def test_short_high_peak_is_still_seen_among_many_stretches() -> None:
    stretches = [stretch(i / 1000, 1 / 1000, 1, 8 if i == 4321 else 1) for i in range(24_000)]
    chart = draw(*stretches)
    heights = [float(y) for y in re.findall(r"V([\d.]+)", chart.highest_path)]
    assert min(heights) == TOP
    assert len(chart.highest_path) < 6000


def test_limit_is_drawn_in() -> None:
    assert draw(stretch(0, 1, 1), limit_kw=4).limit_y == str(TOP)
    assert draw(limit_kw=4).limit_y == str(TOP)


def test_far_limit_is_only_named() -> None:
    chart = draw(stretch(0, 1, 1), limit_kw=100)
    assert chart.limit_y is None
    assert chart.power_ticks[-1].power_kw == 1


def test_peaks_are_marked_where_they_were() -> None:
    (mark,) = draw(stretch(0, 24, 1), peaks=(peak(6, 12, 4),)).peak_marks
    assert (mark.x, mark.width, mark.middle, mark.y) == ("25%", "50%", "50%", str(TOP))


def test_peak_that_began_before_is_marked_from_the_edge() -> None:
    (mark,) = draw(stretch(0, 24, 1), peaks=(peak(-6, 12, 4),)).peak_marks
    assert (mark.x, mark.width) == ("0%", "25%")


def test_peak_above_everything_else_fits() -> None:
    chart = draw(stretch(0, 24, 1), peaks=(peak(6, 1, 40),))
    assert float(chart.peak_marks[0].y) >= TOP


def test_only_the_highest_of_very_many_peaks_are_marked() -> None:
    peaks = tuple(peak(minute / 60, 1 / 60, 5 + minute) for minute in range(1000))
    marks = draw(stretch(0, 24, 1), peaks=peaks).peak_marks
    assert len(marks) == MOST_PEAKS
    assert min(mark.peak.power_kw for mark in marks) == 1005 - MOST_PEAKS


def test_every_other_hour_label_may_be_left_out() -> None:
    ticks = draw().time_ticks
    assert [(tick.at.hour, tick.is_minor) for tick in ticks][:3] == [
        (12, False),
        (15, True),
        (18, False),
    ]
    assert ticks[2].x == "25%"


@pytest.mark.parametrize(
    ("hour", "edge"),
    [(0, "start"), (0.4, "start"), (1, ""), (12, ""), (22.9, ""), (23.5, "end"), (23.99, "end")],
)
def test_dot_at_the_edge_is_moved_inwards(hour: float, edge: str) -> None:
    (mark,) = draw(stretch(0, 24, 1), peaks=(peak(hour, 0.01, 4),)).peak_marks
    assert mark.edge == edge
