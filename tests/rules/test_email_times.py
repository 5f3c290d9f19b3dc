"""When an email is due."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.rules.email_times import find_due, is_quiet, next_at

BUCHAREST = ZoneInfo("Europe/Bucharest")  # UTC+2, in summer UTC+3
NIGHT = (time(22), time(7))


def at(text: str, zone: ZoneInfo = BUCHAREST) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-03-10T21:59:59", "2026-03-10T21:59:59"),
        ("2026-03-10T22:00", "2026-03-11T07:00"),
        ("2026-03-10T23:30", "2026-03-11T07:00"),
        ("2026-03-11T00:00", "2026-03-11T07:00"),
        ("2026-03-11T06:59", "2026-03-11T07:00"),
        ("2026-03-11T07:00", "2026-03-11T07:00"),
        ("2026-03-28T23:00", "2026-03-29T07:00"),  # the clocks go forward in between
        ("2026-10-24T23:00", "2026-10-25T07:00"),  # and back
    ],
)
def test_at_once_but_not_in_the_night(now: str, due: str) -> None:
    found = find_due(now=at(now), oldest_at=at(now), zone=BUCHAREST, quiet=NIGHT)
    assert found == at(due)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-03-10T12:59", "2026-03-10T12:59"),
        ("2026-03-10T13:00", "2026-03-10T15:00"),
        ("2026-03-10T15:00", "2026-03-10T15:00"),
    ],
)
def test_quiet_hours_within_a_day(now: str, due: str) -> None:
    quiet = (time(13), time(15))
    assert find_due(now=at(now), oldest_at=at(now), zone=BUCHAREST, quiet=quiet) == at(due)


@pytest.mark.parametrize(
    ("oldest", "now", "due"),
    [
        ("2026-03-10T06:30", "2026-03-10T06:40", "2026-03-10T08:00"),
        ("2026-03-10T08:00", "2026-03-10T08:01", "2026-03-11T08:00"),
        ("2026-03-10T12:00", "2026-03-11T07:59", "2026-03-11T08:00"),
        ("2026-03-10T12:00", "2026-03-11T08:00", "2026-03-11T08:00"),
        ("2026-03-10T12:00", "2026-03-14T03:00", "2026-03-14T03:00"),  # the worker was away
        ("2026-03-28T12:00", "2026-03-28T12:00", "2026-03-29T08:00"),
    ],
)
def test_once_a_day(oldest: str, now: str, due: str) -> None:
    found = find_due(now=at(now), oldest_at=at(oldest), zone=BUCHAREST, daily_at=time(8))
    assert found == at(due)


def test_daily_email_in_quiet_hours_comes_at_their_end() -> None:
    noon = at("2026-03-10T12:00")
    due = find_due(now=noon, oldest_at=noon, zone=BUCHAREST, daily_at=time(5), quiet=NIGHT)
    assert due == at("2026-03-11T07:00")


def test_repeated_hour_does_not_cost_a_day() -> None:
    quiet = (time(2, 30), time(3, 30))
    second = at("2026-10-25T02:50") + timedelta(hours=1, minutes=20)  # 03:10 for the second time
    assert second.astimezone(BUCHAREST).fold == 1
    due = find_due(now=second, oldest_at=second, zone=BUCHAREST, quiet=quiet)
    assert due - second == timedelta(minutes=20)


def test_end_that_the_clocks_skip_comes_later() -> None:
    """At 3:00 it is 4:00: 3:30 by the old clock is 4:30, by the new one it would be quiet still."""
    now = at("2026-03-28T23:30")
    due = find_due(now=now, oldest_at=now, zone=BUCHAREST, quiet=(time(23), time(3, 30)))
    assert due == at("2026-03-29T04:30")


ZONES = st.sampled_from(["UTC", "Europe/Bucharest", "Australia/Lord_Howe", "America/St_Johns"])
INSTANTS = st.datetimes(
    datetime(2025, 1, 1),  # noqa: DTZ001
    datetime(2027, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
CLOCKS = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))


@given(INSTANTS, CLOCKS, CLOCKS, ZONES)
def test_due_is_the_first_time_that_is_not_quiet(
    now: datetime, start: time, end: time, name: str
) -> None:
    zone = ZoneInfo(name)
    if start == end:
        return
    due = find_due(now=now, oldest_at=now, zone=zone, quiet=(start, end))
    assert not is_quiet(due, (start, end), zone)
    assert timedelta(0) <= due - now <= timedelta(hours=25)
    if due > now and due.astimezone(zone).time() == end:  # else the clocks skip the end
        assert is_quiet(now, (start, end), zone)
        assert is_quiet(due - timedelta(minutes=1), (start, end), zone) or due - now < timedelta(
            minutes=1
        )


@given(INSTANTS, CLOCKS, ZONES)
def test_next_is_later_and_shows_the_clock(after: datetime, clock: time, name: str) -> None:
    zone = ZoneInfo(name)
    found = next_at(clock, after=after, zone=zone)
    assert timedelta(0) < found - after <= timedelta(hours=26)
    shown = found.astimezone(zone)
    is_skipped = shown.time() != clock
    if is_skipped:  # no instant of that day shows it
        day = datetime.combine(shown.date(), clock, zone)
        assert day.astimezone(UTC).astimezone(zone).time() != clock
