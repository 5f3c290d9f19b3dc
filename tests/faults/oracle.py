"""What a sensor's readings mean, found by sorting and scanning. Shares no code with the product."""

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from .wire import LIMIT_KW, Row

US_PER_HOUR = 3_600_000_000


class Span(NamedTuple):
    """From one reading of a sensor to a later one, in UTC microseconds since 1970."""

    uuid: str
    start_us: int
    end_us: int


class Findings(NamedTuple):
    """What must be current in the database."""

    exceedances: set[Span]
    falls: set[Span]
    peaks: set[Span]


def find(rows: Iterable[Row]) -> Findings:
    """Scans the readings of each sensor in order of time."""
    found = Findings(set(), set(), set())
    by_sensor = defaultdict(list)
    for row in rows:
        by_sensor[row.uuid].append(row)
    for own in by_sensor.values():
        own.sort(key=lambda row: row.at_us)
        for before, after in pairwise(own):
            _judge(before, after, found)
    found.peaks.update(_runs(found.exceedances))
    return found


def _judge(before: Row, after: Row, found: Findings) -> None:
    risen_kwh = Fraction(str(after.energy_kwh)) - Fraction(str(before.energy_kwh))
    span = Span(before.uuid, before.at_us, after.at_us)
    if risen_kwh < 0:
        found.falls.add(span)
    elif risen_kwh * US_PER_HOUR / (after.at_us - before.at_us) > Fraction(str(LIMIT_KW)):
        found.exceedances.add(span)


def _runs(exceedances: set[Span]) -> set[Span]:
    ends = {(span.uuid, span.start_us): span.end_us for span in exceedances}
    begins = {(span.uuid, span.end_us) for span in exceedances}
    runs = set()
    for uuid, start_us in ends:
        if (uuid, start_us) not in begins:
            end_us = start_us
            while (uuid, end_us) in ends:
                end_us = ends[uuid, end_us]
            runs.add(Span(uuid, start_us, end_us))
    return runs
