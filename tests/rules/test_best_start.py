"""When an appliance starts best."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.rules.best_start import (
    BestStart,
    Programme,
    Steps,
    Window,
    Wish,
    find_best_start,
    find_window,
)
from monitoring.rules.instants import to_us

BUCHAREST = ZoneInfo("Europe/Bucharest")
START = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)


def steps_of(*kw: float, step: timedelta = HOUR, extra_kw: float = 0.5) -> Steps:
    ends_us = to_us(START) + np.arange(len(kw) + 1) * (step // timedelta(microseconds=1))
    return Steps(ends_us[:-1], ends_us[1:], np.array(kw), np.array(kw) + extra_kw)


def best(
    steps: Steps,
    minutes: int,
    kwh: float,
    *,
    hours: float,
    after: float = 0,
    limit_kw: float | None = 4.0,
) -> BestStart | None:
    window = Window(START + after * HOUR, START + hours * HOUR)
    programme = Programme(timedelta(minutes=minutes), kwh)
    return find_best_start(steps, programme, window, limit_kw=limit_kw)


@pytest.mark.parametrize(
    ("minutes", "hours", "starts_after_minutes", "peak_kw"),
    [
        (60, 4, 120, 1.5),  # the hour of 0.5 kW
        (120, 4, 60, 2.0),  # two hours: the highest of them counts
        (30, 4, 120, 1.5),  # the earliest of equal ones
        (75, 4, 60, 2.0),  # as later ones, it reaches into an hour of 1.0 kW
        (60, 2, 60, 2.0),  # the window ends before the best hour
        (240, 4, 0, 4.0),  # just fits
    ],
)
def test_best_start(minutes: int, hours: float, starts_after_minutes: int, peak_kw: float) -> None:
    steps = steps_of(3.0, 1.0, 0.5, 2.0)
    found = best(steps, minutes, minutes / 60, hours=hours)  # 1 kW
    assert found is not None
    assert found.end - found.start == timedelta(minutes=minutes)
    assert found.start == START + timedelta(minutes=starts_after_minutes)
    assert found.peak_kw == pytest.approx(peak_kw)
    assert found.high_peak_kw == pytest.approx(peak_kw + 0.5)


def test_quarter_hour_steps() -> None:
    steps = steps_of(1.0, 0.2, 0.1, 0.3, 1.0, step=QUARTER)
    found = best(steps, 30, 1.0, hours=1.25)
    assert found is not None
    assert found.start == START + QUARTER
    assert found.peak_kw == pytest.approx(2.2)


def test_differences_below_a_watt_do_not_keep_from_starting_early() -> None:
    found = best(steps_of(0.3004, 0.3001), 60, 1.0, hours=2)
    assert found is not None
    assert found.start == START


@pytest.mark.parametrize(
    ("kwh", "limit_kw", "is_under", "is_surely_under"),
    [
        (2.0, 4.0, True, True),
        (2.5, 4.0, True, True),  # equal is not a peak
        (3.0, 4.0, True, False),
        (3.5, 4.5, True, False),
        (4.0, 4.0, False, False),
        (9.0, None, True, True),
    ],
)
def test_says_when_no_start_keeps_under_the_limit(
    kwh: float, limit_kw: float | None, is_under: bool, is_surely_under: bool
) -> None:
    found = best(steps_of(2.0, 1.0), 60, kwh, hours=2, limit_kw=limit_kw)
    assert found is not None
    assert found.is_under_limit == is_under
    assert found.is_surely_under_limit == is_surely_under


def test_no_room_or_no_forecast_is_no_start() -> None:
    assert best(steps_of(1.0, 1.0), 121, 1.0, hours=2) is None
    assert best(steps_of(1.0, 1.0), 30, 1.0, hours=3) is None
    assert best(steps_of(1.0, 1.0), 30, 1.0, hours=2, after=-1) is None
    assert best(steps_of(), 30, 1.0, hours=1) is None


@given(
    kw=st.lists(st.integers(0, 50).map(lambda tenths: tenths / 10), min_size=2, max_size=30),
    minutes=st.integers(1, 300),
    after=st.integers(0, 100),
    step=st.sampled_from([HOUR, QUARTER]),
)
def test_best_start_equals_brute_force(
    kw: list[float], minutes: int, after: int, step: timedelta
) -> None:
    steps = steps_of(*kw, step=step)
    window = Window(START + timedelta(minutes=after), START + len(kw) * step)
    duration = timedelta(minutes=minutes)
    found = find_best_start(steps, Programme(duration, minutes / 60), window, limit_kw=None)

    def peak_kw(start: datetime) -> float:
        passed = (start + timedelta(minutes=minute) - START for minute in range(minutes))
        return max(kw[at // step] for at in passed) + 1.0

    starts = [START + number * QUARTER for number in range(200)]
    starts = [at for at in starts if window.start <= at and at + duration <= window.end]
    if not starts:
        assert found is None
        return
    assert found is not None
    assert found.start == min(starts, key=lambda at: (round(peak_kw(at), 3), at))
    assert found.peak_kw == pytest.approx(peak_kw(found.start))


# --- Windows of the clock


def window(
    earliest: str, latest: str, now: str, minutes: int = 60, zone: ZoneInfo = BUCHAREST
) -> list[str] | None:
    programme = Programme(timedelta(minutes=minutes), 1.0)
    found = find_window(
        Wish(programme, time.fromisoformat(earliest), time.fromisoformat(latest)),
        now=datetime.fromisoformat(now).replace(tzinfo=zone),
        zone=zone,
    )
    return found and [f"{at.astimezone(zone):%d %H:%M}" for at in found]


@pytest.mark.parametrize(
    ("earliest", "latest", "now", "minutes", "expected"),
    [
        ("08:00", "16:00", "2026-03-10T06:00", 60, ["10 08:00", "10 16:00"]),
        ("08:00", "16:00", "2026-03-10T09:01", 60, ["10 09:15", "10 16:00"]),
        ("08:00", "16:00", "2026-03-10T15:00", 60, ["10 15:00", "10 16:00"]),
        ("08:00", "16:00", "2026-03-10T15:01", 60, ["11 08:00", "11 16:00"]),
        ("22:00", "07:00", "2026-03-10T18:00", 60, ["10 22:00", "11 07:00"]),
        ("22:00", "07:00", "2026-03-10T23:50", 60, ["11 00:00", "11 07:00"]),
        ("22:00", "07:00", "2026-03-10T02:00", 60, ["10 02:00", "10 07:00"]),
        ("22:00", "07:00", "2026-03-10T02:00", 400, ["10 22:00", "11 07:00"]),
        ("22:10", "07:00", "2026-03-10T18:00", 60, ["10 22:15", "11 07:00"]),
        ("00:00", "00:00", "2026-03-10T18:20", 60, ["10 18:30", "11 18:30"]),
        ("00:00", "00:00", "2026-03-10T18:20", 1440, ["10 18:30", "11 18:30"]),
        ("00:00", "00:00", "2026-03-10T18:20", 1441, None),
        ("08:00", "09:00", "2026-03-10T18:20", 61, None),
        ("22:00", "07:00", "2026-03-10T18:20", 541, None),
        # The night on which the clock is set forward is an hour shorter: then the next one.
        ("22:00", "07:00", "2026-03-28T18:20", 540, ["29 22:00", "30 07:00"]),
        ("22:00", "07:00", "2026-03-28T18:20", 480, ["28 22:00", "29 07:00"]),
        ("22:00", "07:00", "2026-10-24T18:20", 600, ["24 22:00", "25 07:00"]),
    ],
)
def test_next_window_with_room(
    earliest: str, latest: str, now: str, minutes: int, expected: list[str] | None
) -> None:
    assert window(earliest, latest, now, minutes) == expected
