"""Leafing through days, weeks, months and years."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from monitoring.pages.periods import Period, find_period, parse_period

TODAY = date(2026, 3, 11)  # a Wednesday


@pytest.mark.parametrize(
    ("period", "day", "first", "after"),
    [
        (Period.DAY, date(2026, 2, 28), date(2026, 2, 28), date(2026, 3, 1)),
        (Period.WEEK, date(2026, 3, 1), date(2026, 2, 23), date(2026, 3, 2)),
        (Period.WEEK, date(2026, 1, 1), date(2025, 12, 29), date(2026, 1, 5)),
        (Period.MONTH, date(2024, 2, 29), date(2024, 2, 1), date(2024, 3, 1)),
        (Period.MONTH, date(2025, 12, 31), date(2025, 12, 1), date(2026, 1, 1)),
        (Period.YEAR, date(2024, 2, 29), date(2024, 1, 1), date(2025, 1, 1)),
    ],
)
def test_period_holds_its_day(period: Period, day: date, first: date, after: date) -> None:
    shown = find_period(period, day, today=TODAY)
    assert (shown.first, shown.after) == (first, after)
    assert find_period(period, shown.previous, today=TODAY).after == first
    assert shown.next == after
    assert not shown.is_current


@pytest.mark.parametrize("period", list(Period))
def test_there_is_no_next_after_the_current_one(period: Period) -> None:
    shown = find_period(period, date(2099, 1, 1), today=TODAY)
    assert shown.is_current
    assert shown.next is None


def test_span_begins_and_ends_at_local_midnight_even_when_clocks_change() -> None:
    start, end = find_period(Period.DAY, date(2026, 3, 29), today=date(2026, 4, 1)).span(
        ZoneInfo("Europe/Bucharest")
    )
    assert (end.timestamp() - start.timestamp()) / 3600 == 23


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"period": "decade", "date": "yesterday"},
        {"period": "week", "date": "2026-02-30"},
        {"period": "week", "date": "9999-12-31"},
    ],
)
def test_nonsense_is_this_week(values: dict[str, str]) -> None:
    shown = parse_period(values, today=TODAY)
    assert (shown.period, shown.first) == (Period.WEEK, date(2026, 3, 9))


@pytest.mark.parametrize("period", list(Period))
@pytest.mark.parametrize("day", ["0001-01-01", "0001-12-31"])
def test_the_first_year_of_all_can_be_asked_for(period: Period, day: str) -> None:
    shown = parse_period({"period": period, "date": day}, today=TODAY)
    assert shown.previous < shown.first
    shown.span(ZoneInfo("Asia/Tokyo"))
