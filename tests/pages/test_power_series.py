"""How stretches of power become runs, hours and a summary."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitoring.pages.power_series import (
    Hour,
    Stretch,
    Window,
    find_ticks,
    split_at_gaps,
    summarize,
    tabulate_hours,
    thin,
)

START = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
BUCHAREST = ZoneInfo("Europe/Bucharest")


def stretch(minute: float, minutes: float, mean_kw: float, highest_kw: float = 0) -> Stretch:
    """Of so many minutes, beginning ``minute`` minutes after ``START``."""
    start = START + timedelta(minutes=minute)
    end = start + timedelta(minutes=minutes)
    return Stretch(start, end, mean_kw, highest_kw or mean_kw)


def test_stretches_that_adjoin_are_one_run() -> None:
    first, second, third = stretch(0, 5, 1), stretch(5, 5, 2), stretch(20, 5, 3)
    assert split_at_gaps([first, second, third]) == [[first, second], [third]]
    assert split_at_gaps([]) == []


def test_few_stretches_stay_as_they_are() -> None:
    stretches = [stretch(minute, 1, minute) for minute in range(1, 4)]
    assert thin(stretches, 3) == stretches


def test_thinning_keeps_ends_highest_power_and_energy() -> None:
    stretches = [stretch(minute, 1, 1, 9 if minute == 637 else 1) for minute in range(1000)]
    thinned = thin(stretches, 300)
    assert len(thinned) <= 300
    assert (thinned[0].started_at, thinned[-1].ended_at) == (START, stretches[-1].ended_at)
    assert max(s.highest_kw for s in thinned) == 9
    assert sum(s.energy_kwh for s in thinned) == pytest.approx(1000 / 60)
    assert len(split_at_gaps(thinned)) == 1


def test_thinning_weighs_powers_with_their_time() -> None:
    assert thin([stretch(0, 1, 4), stretch(1, 3, 0)], 1) == [stretch(0, 4, 1, 4)]


def test_summary_weighs_powers_with_their_time_and_leaves_gaps_out() -> None:
    summary = summarize([stretch(0, 10, 3, 5), stretch(60, 30, 1)])
    assert summary is not None
    assert summary.mean_kw == pytest.approx(1.5)
    assert (summary.highest_kw, summary.highest_at) == (5, START)
    assert summary.energy_kwh == pytest.approx(1.0)
    assert summarize([]) is None


def test_hours_are_those_of_the_readers_clock() -> None:
    kolkata = ZoneInfo("Asia/Kolkata")  # five and a half hours ahead
    hours = tabulate_hours([stretch(25, 5, 1), stretch(30, 5, 2, 4), stretch(35, 15, 1)], kolkata)
    assert hours == [
        Hour(datetime(2026, 3, 10, 17, 0, tzinfo=kolkata), 1.0, 1.0),
        Hour(datetime(2026, 3, 10, 18, 0, tzinfo=kolkata), 1.25, 4.0),
    ]


def test_hour_without_readings_has_no_row() -> None:
    hours = tabulate_hours([stretch(0, 5, 1), stretch(130, 5, 2)], UTC)
    assert [hour.started_at.hour for hour in hours] == [12, 14]


def test_hour_that_the_clock_repeats_has_two_rows() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 03:30 in summer time
    stretches = [
        Stretch(first + timedelta(hours=hour), first + timedelta(hours=hour, minutes=5), 1, 1)
        for hour in range(3)
    ]
    hours = tabulate_hours(stretches, BUCHAREST)
    assert [(hour.started_at.hour, hour.started_at.fold) for hour in hours] == [
        (3, 0),
        (3, 1),
        (4, 0),
    ]


def test_ticks_stand_at_whole_hours_of_the_readers_clock() -> None:
    ticks = find_ticks(
        Window(START, START + timedelta(hours=24), BUCHAREST), every=timedelta(hours=3)
    )
    assert [tick.hour for tick in ticks] == [15, 18, 21, 0, 3, 6, 9, 12]
    assert ticks[0] == datetime(2026, 3, 10, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/St_Johns", "Australia/Eucla"])
def test_ticks_in_zones_off_by_a_quarter(zone: str) -> None:
    start = START + timedelta(seconds=7)
    ticks = find_ticks(
        Window(start, start + timedelta(hours=24), ZoneInfo(zone)), every=timedelta(hours=6)
    )
    assert sorted(tick.hour for tick in ticks) == [0, 6, 12, 18]
    assert all(tick.minute == 0 for tick in ticks)


def test_hour_that_the_clock_repeats_has_one_tick() -> None:
    start = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
    ticks = find_ticks(
        Window(start, start + timedelta(hours=24), BUCHAREST), every=timedelta(hours=3)
    )
    assert [tick.hour for tick in ticks].count(3) == 1


def test_window_is_half_open() -> None:
    assert [
        tick.hour
        for tick in find_ticks(
            Window(START, START + timedelta(hours=3), UTC), every=timedelta(hours=3)
        )
    ] == [12]
