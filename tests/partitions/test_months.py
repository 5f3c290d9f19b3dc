"""Months in UTC and the names of their partitions."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitoring.partitions.months import Month


@pytest.mark.parametrize(
    ("month", "plus", "result"),
    [
        (Month(2026, 11), 1, Month(2026, 12)),
        (Month(2026, 11), 2, Month(2027, 1)),
        (Month(2026, 1), -1, Month(2025, 12)),
        (Month(2026, 12), -36, Month(2023, 12)),
        (Month(2026, 12), 0, Month(2026, 12)),
    ],
)
def test_months_are_counted_over_the_years_end(month: Month, plus: int, result: Month) -> None:
    assert month.plus(plus) == result


def test_a_month_is_one_of_utc() -> None:
    at = datetime(2026, 4, 1, 1, 30, tzinfo=ZoneInfo("Europe/Bucharest"))
    assert Month.of(at) == Month(2026, 3)
    assert Month.of(at + timedelta(hours=1, minutes=30)) == Month(2026, 4)


def test_it_ends_where_the_next_one_begins() -> None:
    february = Month(2028, 2)
    assert february.start == datetime(2028, 2, 1, tzinfo=UTC)
    assert february.end == Month(2028, 3).start == datetime(2028, 3, 1, tzinfo=UTC)


def test_names_are_read_back() -> None:
    assert Month(2026, 3).partition == "monitoring_reading_2026_03"
    assert Month.of_partition("monitoring_reading_2026_03") == Month(2026, 3)


def test_what_is_left_of_the_time_before_is_no_month() -> None:
    assert Month(2026, 3).edge == "monitoring_reading_before_2026_03"
    assert Month.of_edge("monitoring_reading_before_2026_03") == Month(2026, 3)
    assert Month.of_partition("monitoring_reading_before_2026_03") is None
    assert Month.of_edge("monitoring_reading_2026_03") is None


@pytest.mark.parametrize(
    "table", ["monitoring_reading_default", "monitoring_reading_2026_3", "other_2026_03"]
)
def test_other_tables_are_of_no_month(table: str) -> None:
    assert Month.of_partition(table) is None
