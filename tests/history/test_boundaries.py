"""Where intervals begin, whatever the clocks do."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.history.boundaries import GroupBy, TooManyIntervals, get_boundaries

BUCHAREST = "Europe/Bucharest"
ZONES = [
    BUCHAREST,
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Cairo",
    "America/St_Johns",
]


def boundaries(start: str, end: str, group_by: GroupBy, zone: str, limit: int = 100) -> list[str]:
    """The boundaries as local times with offset, to the minute."""
    found = get_boundaries(
        datetime.fromisoformat(start),
        datetime.fromisoformat(end),
        group_by=group_by,
        zone=ZoneInfo(zone),
        limit=limit,
    )
    return [at.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes") for at in found]


def hours_between(times: list[str]) -> list[float]:
    instants = [datetime.fromisoformat(time) for time in times]
    return [(end - start) / timedelta(hours=1) for start, end in pairwise(instants)]


def test_quarter_hours_are_those_of_utc_whole_and_outside_the_span() -> None:
    found = boundaries(
        "2026-03-10T12:07:00.5+00:00", "2026-03-10T12:30:00.000001Z", GroupBy.QUARTER, "UTC"
    )
    assert [time[11:16] for time in found] == ["12:00", "12:15", "12:30", "12:45"]


def test_span_that_ends_on_a_boundary_ends_there() -> None:
    found = boundaries("2026-03-10T12:00Z", "2026-03-10T14:00Z", GroupBy.HOUR, "UTC")
    assert [time[11:13] for time in found] == ["12", "13", "14"]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (BUCHAREST, "2026-03-29", 23),
        (BUCHAREST, "2026-03-30", 24),
        (BUCHAREST, "2026-10-25", 25),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("Asia/Kathmandu", "2026-03-29", 24),
        ("America/Havana", "2026-11-01", 25),  # its midnight occurs twice
        ("Africa/Cairo", "2026-04-24", 23),  # its midnight is skipped
    ],
)
def test_day_is_as_long_as_the_clock_makes_it(zone: str, day: str, hours: float) -> None:
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZoneInfo(zone))
    found = boundaries(noon.isoformat(), (noon + timedelta(minutes=1)).isoformat(), "day", zone)  # type: ignore[arg-type]
    assert hours_between(found) == [hours]
    assert found[0][:10] == day


def test_date_that_a_zone_skipped_has_no_interval() -> None:
    found = boundaries(
        "2011-12-29T00:00-10:00", "2012-01-01T00:00+14:00", GroupBy.DAY, "Pacific/Apia"
    )
    assert [time[:10] for time in found] == ["2011-12-29", "2011-12-31", "2012-01-01"]


def test_hours_of_march_leave_one_out_and_of_october_have_one_twice() -> None:
    march = boundaries("2026-03-29T02:00+02:00", "2026-03-29T05:00+03:00", GroupBy.HOUR, BUCHAREST)
    assert [time[11:] for time in march] == ["02:00+02:00", "04:00+03:00", "05:00+03:00"]
    october = boundaries(
        "2026-10-25T02:30+03:00", "2026-10-25T04:30+02:00", GroupBy.HOUR, BUCHAREST
    )
    assert [time[11:] for time in october] == [
        "02:00+03:00",
        "03:00+03:00",
        "03:00+02:00",
        "04:00+02:00",
        "05:00+02:00",
    ]


def test_hours_where_the_clock_changes_by_half_an_hour() -> None:
    spring = boundaries(
        "2026-10-04T01:00+10:30", "2026-10-04T04:00+11:00", GroupBy.HOUR, "Australia/Lord_Howe"
    )
    assert [time[11:] for time in spring] == [
        "01:00+10:30",
        "02:30+11:00",
        "03:00+11:00",
        "04:00+11:00",
    ]
    # A span that begins after the change begins with the interval that the change began.
    autumn = boundaries(
        "2026-04-05T01:45+10:30", "2026-04-05T03:00+10:30", GroupBy.HOUR, "Australia/Lord_Howe"
    )
    assert [time[11:] for time in autumn] == ["01:30+10:30", "02:00+10:30", "03:00+10:30"]


def test_hour_in_which_the_clock_changes_a_minute_past_is_not_cut_there() -> None:
    found = boundaries(
        "2006-04-01T23:00-03:30", "2006-04-02T03:00-02:30", GroupBy.HOUR, "America/St_Johns"
    )
    assert [time[11:] for time in found] == [
        "23:00-03:30",
        "00:00-03:30",
        "02:00-02:30",
        "03:00-02:30",
    ]


def test_hours_of_kathmandu_are_whole_on_its_own_clock() -> None:
    found = boundaries(
        "2026-03-10T12:20+05:45", "2026-03-10T13:20+05:45", GroupBy.HOUR, "Asia/Kathmandu"
    )
    assert [time[11:] for time in found] == ["12:00+05:45", "13:00+05:45", "14:00+05:45"]


def test_months_of_a_leap_year_in_the_clients_zone() -> None:
    found = boundaries("2027-12-31T22:00Z", "2028-03-15T00:00Z", GroupBy.MONTH, BUCHAREST)
    assert [time[:10] for time in found] == [
        "2028-01-01",
        "2028-02-01",
        "2028-03-01",
        "2028-04-01",
    ]
    assert [hours / 24 for hours in hours_between(found)][:2] == [31, 29]


def test_years_in_the_clients_zone() -> None:
    found = boundaries("2027-12-31T21:59Z", "2028-12-31T22:01Z", GroupBy.YEAR, BUCHAREST)
    assert [time[:10] for time in found] == ["2027-01-01", "2028-01-01", "2029-01-01", "2030-01-01"]
    assert [hours / 24 for hours in hours_between(found)] == [365, 366, 365]


def weeks_in_which_the_clock_changes(zone: ZoneInfo) -> list[datetime]:
    weeks = [datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=7 * n) for n in range(38 * 52)]
    offsets = [week.astimezone(zone).utcoffset() for week in weeks]
    return [
        week for week, (one, other) in zip(weeks, pairwise(offsets), strict=False) if one != other
    ]


def test_days_of_all_zones_begin_on_quarter_hours_of_utc() -> None:
    """What makes days, months and years exact sums of quarter hours, and not nearly so."""
    quarter, changes = timedelta(minutes=15), 0
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        for week in weeks_in_which_the_clock_changes(zone):
            changes += 1
            days = [week.astimezone(zone).date() + timedelta(days=n) for n in range(9)]
            midnights = [datetime(day.year, day.month, day.day, tzinfo=zone) for day in days]
            begins = sorted({midnight.astimezone(UTC) for midnight in midnights})
            assert all((at - week) % quarter == timedelta() for at in begins), (name, begins)
            found = get_boundaries(begins[0], begins[-1], group_by=GroupBy.DAY, zone=zone, limit=9)
            assert found == begins
    assert changes > 10_000


def test_limit_holds_before_a_long_span_is_counted_out() -> None:
    assert len(boundaries("2026-01-01T00:00Z", "2026-01-02T00:00Z", GroupBy.HOUR, "UTC", 24)) == 25
    with pytest.raises(TooManyIntervals):
        boundaries("1970-01-01T00:00Z", "2199-01-01T00:00Z", GroupBy.QUARTER, "UTC", 10_000)


@given(
    start=st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    minutes=st.integers(1, 60 * 24 * 4),
    group_by=st.sampled_from(GroupBy),
    zone=st.sampled_from(ZONES),
)
def test_intervals_hold_the_span_tightly_whatever_the_zone(
    start: datetime, minutes: int, group_by: GroupBy, zone: str
) -> None:
    end = start + timedelta(minutes=minutes)
    found = get_boundaries(start, end, group_by=group_by, zone=ZoneInfo(zone), limit=10_000)
    assert found[0] <= start < found[1]
    assert found[-2] < end <= found[-1]
    assert all(one < other for one, other in pairwise(found))
    # Where a span begins does not move the boundaries in it.
    again = get_boundaries(found[-2], end, group_by=group_by, zone=ZoneInfo(zone), limit=10_000)
    assert again == found[-2:]
