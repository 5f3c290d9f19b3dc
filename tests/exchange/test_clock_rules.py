"""When zones set their clocks, as Green Button data tell it."""

from zoneinfo import ZoneInfo

import pytest

from monitoring.exchange.clock_rules import NO_RULE, ClockRules, get_clock_rules


@pytest.mark.parametrize(
    ("zone", "rules"),
    [
        # The standard's own example: second Sunday of March, first Sunday of November, at 2:00.
        ("America/New_York", ClockRules(-18000, 3600, "360E2000", "B40E2000")),
        # The last Sunday of March at 3:00, of October at 4:00.
        ("Europe/Bucharest", ClockRules(7200, 3600, "3E0E3000", "AE0E4000")),
        # South of the equator summer ends in April and begins in October; by half an hour.
        ("Australia/Lord_Howe", ClockRules(37800, 1800, "A40E2000", "440E2000")),
        ("Asia/Kathmandu", ClockRules(20700, 0, NO_RULE, NO_RULE)),
        ("UTC", ClockRules(0, 0, NO_RULE, NO_RULE)),
        # In Ireland the law calls winter time the exception; the clock is the same.
        ("Europe/Dublin", ClockRules(0, 3600, "3E0E1000", "AE0E2000")),
    ],
)
def test_rules(zone: str, rules: ClockRules) -> None:
    assert get_clock_rules(ZoneInfo(zone), 2026) == rules


def test_year_that_begins_one_rule_and_ends_another_has_none() -> None:
    # Turkey went to summer time in 2016 and stayed.
    assert get_clock_rules(ZoneInfo("Europe/Istanbul"), 2016).summer_start == NO_RULE
    assert get_clock_rules(ZoneInfo("Europe/Istanbul"), 2017) == (10800, 0, NO_RULE, NO_RULE)
