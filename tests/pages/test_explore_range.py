"""Ranges of time: what an address asks for, zoom and pan, and how fine each is shown."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from monitoring.pages.explore_range import (
    MOST_STEPS,
    Range,
    Step,
    get_bounds,
    make_range,
    parse_range,
)

NOW = datetime(2026, 3, 10, 12, 0, 30, tzinfo=UTC)
BUCHAREST = ZoneInfo("Europe/Bucharest")
ONE = get_bounds(sensors=1)
MANY = get_bounds(sensors=400)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def parse(start: str, end: str, sensors: int = 1) -> Range:
    values = {"start": start, "end": end}
    return parse_range(values, now=NOW, zone=BUCHAREST, bounds=get_bounds(sensors=sensors))


def make(days: float) -> Range:
    return make_range(NOW - timedelta(days=days), NOW, ONE)


@pytest.mark.parametrize(
    ("start", "end", "query"),
    [
        ("2026-03-10T08:00Z", "2026-03-10T09:00Z", "start=2026-03-10T08:00Z&end=2026-03-10T09:00Z"),
        # A form's fields hold times of the reader's clock.
        ("2026-03-10T08:00", "2026-03-10T09:00", "start=2026-03-10T06:00Z&end=2026-03-10T07:00Z"),
        ("2026-03-09", "2026-03-10", "start=2026-03-08T22:00Z&end=2026-03-09T22:00Z"),
        # The day on which the clock is set forward has 23 hours.
        ("2026-03-29", "2026-03-30", "start=2026-03-28T22:00Z&end=2026-03-29T21:00Z"),
        ("2026-10-25", "2026-10-26", "start=2026-10-24T21:00Z&end=2026-10-25T22:00Z"),
        # Less than five minutes, and more than ten years, around the same middle.
        ("2026-03-10T08:00Z", "2026-03-10T08:01Z", "start=2026-03-10T07:58Z&end=2026-03-10T08:03Z"),
        ("2001-01-01", "2026-03-10", "start=2008-08-04T22:00Z&end=2018-08-05T22:00Z"),
        ("0002-01-01", "9999-12-31", "start=2044-12-31T00:00Z&end=2055-01-01T00:00Z"),
    ],
)
def test_address(start: str, end: str, query: str) -> None:
    assert parse(start, end).query == query


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("", ""),
        ("0001-01-01", "2026-03-10"),  # in UTC it would be the year 0
        ("yesterday", "today"),
        ("2026-03-10T08:00Z", ""),
        ("2026-03-10T08:00Z", "2026-03-10T08:00Z"),
        ("2026-03-10T09:00Z", "2026-03-10T08:00Z"),
    ],
)
def test_nonsense_is_the_last_24_hours(start: str, end: str) -> None:
    assert parse(start, end).query == "start=2026-03-09T12:01Z&end=2026-03-10T12:01Z"


def test_address_gives_the_same_range_again() -> None:
    shown = make(3.7).closer.earlier
    values = dict(part.split("=") for part in shown.query.split("&"))
    assert parse_range(values, now=NOW + DAY, zone=BUCHAREST, bounds=ONE) == shown


def test_zoom_and_pan() -> None:
    shown = make(4)
    assert (shown.earlier.end, shown.earlier.span) == (shown.end - 2 * DAY, shown.span)
    assert (shown.later.start, shown.later.span) == (shown.start + 2 * DAY, shown.span)
    assert (shown.closer.start, shown.closer.end) == (shown.start + DAY, shown.end - DAY)
    assert (shown.wider.start, shown.wider.end) == (shown.start - 2 * DAY, shown.end + 2 * DAY)


def test_zoom_ends_at_the_bounds() -> None:
    shown = make(1)
    for _ in range(30):
        shown = shown.closer
    assert shown.span == ONE.shortest
    for _ in range(30):
        shown = shown.wider
    assert shown.span == ONE.longest


@pytest.mark.parametrize(
    ("days", "of_one", "of_many"),
    [
        (1 / 24, Step.READING, Step.QUARTER),
        (25 / 24, Step.READING, Step.QUARTER),
        (26 / 24, Step.QUARTER, Step.QUARTER),
        (8, Step.QUARTER, Step.QUARTER),
        (31, Step.HOUR, Step.HOUR),
        (366, Step.DAY, Step.DAY),
        (3650, Step.MONTH, Step.MONTH),
    ],
)
def test_step(days: float, of_one: Step, of_many: Step) -> None:
    assert make(days).choose_step(has_readings=True) is of_one
    assert make(days).choose_step(has_readings=False) is of_many


def test_steps_are_few_and_grow_with_the_range() -> None:
    lengths = {Step.QUARTER: HOUR / 4, Step.HOUR: HOUR, Step.DAY: DAY, Step.MONTH: 28 * DAY}
    steps = []
    for days in range(1, 3653, 3):
        shown = make(days)
        step = shown.choose_step(has_readings=False)
        start, end = shown.with_margins
        assert (end - start) / lengths[step] <= MOST_STEPS
        steps.append(lengths[step])
    assert all(before <= after for before, after in pairwise(steps))


def test_many_sensors_are_asked_for_less() -> None:
    assert MANY.longest == timedelta(days=500)
    assert get_bounds(sensors=100_000).longest == timedelta(days=31)
    assert get_bounds(sensors=0).longest == ONE.longest
