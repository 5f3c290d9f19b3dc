"""When a zone sets its clocks, in the 32 bits of the Green Button standard.

Source: NAESB REQ.21 (ESPI), DstRuleType: seconds in bits 0–11, hours 12–16, day of the week
17–19 (Monday 1), day of the month 20–24 (0: does not matter), operator 25–27 (2–6: first to
fifth such weekday of the month, 7: the last), month 28–31. All bits set: there is no rule.
"""

import calendar
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise, takewhile
from typing import NamedTuple
from zoneinfo import ZoneInfo

NO_RULE = "FFFFFFFF"
LAST = 7
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


class ClockRules(NamedTuple):
    """A zone's clock in one year: seconds, and rules in hexadecimal."""

    standard_offset_s: int
    summer_offset_s: int  # on top of that
    summer_start: str
    summer_end: str


def get_clock_rules(zone: ZoneInfo, year: int) -> ClockRules:
    """The rules that hold in ``year``.

    Where the clock is not changed exactly twice, or by other amounts there than back, there are
    no rules, and the standard offset is the one that the year begins with.
    """
    begin = datetime(year, 1, 1, tzinfo=UTC)
    changes = _find_changes(zone, begin)
    offsets = [_offset(zone, begin), *(_offset(zone, at) for at in changes)]
    if len(changes) != 2 or offsets[0] != offsets[2]:
        return ClockRules(_seconds(offsets[0]), 0, NO_RULE, NO_RULE)
    first, second = (
        _rule((at + before).replace(tzinfo=None))
        for at, before in zip(changes, offsets, strict=False)
    )
    standard = min(offsets)
    summer_s = _seconds(max(offsets) - standard)
    is_north = offsets[1] > offsets[0]
    start, end = (first, second) if is_north else (second, first)
    return ClockRules(_seconds(standard), summer_s, start, end)


def _find_changes(zone: ZoneInfo, begin: datetime) -> list[datetime]:
    """The first instants of new offsets in the year that begins with ``begin``."""
    days = takewhile(lambda day: day.year == begin.year, (begin + n * DAY for n in count()))
    return [
        _find_change(zone, day)
        for day, next_day in pairwise([*days, begin.replace(year=begin.year + 1)])
        if _offset(zone, day) != _offset(zone, next_day)
    ]


def _find_change(zone: ZoneInfo, day: datetime) -> datetime:
    """The first second of ``day`` with another offset than its start."""
    low, high = 0, 24 * 3600
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, day + middle * SECOND) == _offset(zone, day):
            low = middle
        else:
            high = middle
    return day + high * SECOND


def _rule(local: datetime) -> str:
    """The rule for a change at the time that the clock shows when it is set."""
    days_of_month = calendar.monthrange(local.year, local.month)[1]
    is_last = local.day + 7 > days_of_month
    operator = LAST if is_last else (local.day - 1) // 7 + 2
    bits = (
        (local.minute * 60 + local.second)
        | local.hour << 12
        | local.isoweekday() << 17
        | operator << 25
        | local.month << 28
    )
    return f"{bits:08X}"


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def _seconds(offset: timedelta) -> int:
    return offset // SECOND
