"""Tables of how peaks are told, how severe they are and what likely caused them."""

from datetime import UTC, datetime, timedelta

import pytest

from monitoring.rules.causes import Cause, Pattern, find_cause
from monitoring.rules.severity import Severity, rate
from monitoring.rules.telling import News, sort_news

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TOLD, LISTED, OLDER = News.TOLD, News.LISTED, News.OLDER


@pytest.mark.parametrize(
    ("ended_ago", "pause", "last_told_ago", "expected"),
    [
        ([HOUR], 0 * HOUR, None, [TOLD]),
        ([HOUR, 0 * HOUR], 0 * HOUR, MINUTE, [TOLD, TOLD]),
        ([24 * HOUR], 0 * HOUR, None, [TOLD]),
        ([24 * HOUR + MINUTE, HOUR], 0 * HOUR, None, [OLDER, TOLD]),
        ([HOUR, 0 * HOUR], HOUR, None, [TOLD, LISTED]),
        ([0 * HOUR], HOUR, 59 * MINUTE, [LISTED]),
        ([0 * HOUR], HOUR, HOUR, [TOLD]),
        ([25 * HOUR, 0 * HOUR], HOUR, 2 * HOUR, [OLDER, TOLD]),
    ],
)
def test_news(
    ended_ago: list[timedelta],
    pause: timedelta,
    last_told_ago: timedelta | None,
    expected: list[News],
) -> None:
    ended_at = [NOW - ago for ago in ended_ago]
    last = None if last_told_ago is None else NOW - last_told_ago
    assert sort_news(ended_at, now=NOW, pause=pause, last_told_at=last) == expected


@pytest.mark.parametrize(
    ("minutes", "by_height"),
    [
        (14, ["minor", "minor", "minor", "moderate"]),
        (15, ["minor", "moderate", "moderate", "serious"]),
        (59, ["minor", "moderate", "moderate", "serious"]),
        (60, ["moderate", "serious", "serious", "serious"]),
    ],
)
def test_severity(minutes: int, by_height: list[str]) -> None:
    heights = (4.3, 4.4, 5.9, 6.0)  # of a limit of 4 kW: +8, +10, +48 and +50 %
    found = [rate(power_kw, 4.0, lasted=minutes * MINUTE) for power_kw in heights]
    assert found == [Severity(name) for name in by_height]


@pytest.mark.parametrize(
    ("usual_kw", "known_days", "peak_days", "lasted", "cause"),
    [
        (None, 0, 1, MINUTE, Cause.UNKNOWN),
        (0.5, 6, 1, MINUTE, Cause.UNKNOWN),
        (0.5, 7, 1, MINUTE, Cause.ADDED_LOAD),
        (0.5, 56, 13, 2 * HOUR, Cause.LONG_LOAD),
        (3.2, 56, 1, 2 * HOUR, Cause.USUAL_LOAD),
        (3.19, 56, 1, MINUTE, Cause.ADDED_LOAD),
        (0.5, 56, 14, MINUTE, Cause.LOW_LIMIT),
        (None, 0, 28, MINUTE, Cause.LOW_LIMIT),
    ],
)
def test_cause(
    usual_kw: float | None, known_days: int, peak_days: int, lasted: timedelta, cause: Cause
) -> None:
    pattern = Pattern(usual_kw, known_days, peak_days)
    assert find_cause(limit_kw=4.0, lasted=lasted, pattern=pattern) is cause
