"""Quarter hours as somebody would compute them by hand: every reading, in fractions.

Shares no code with the product.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

QUARTER_US = 15 * 60 * 1_000_000
HOUR_US = 4 * QUARTER_US

MISSING, ESTIMATED, MEASURED = 0, 1, 2


@dataclass
class Quarter:
    """What is known of a quarter hour."""

    kwh: Fraction = Fraction(0)
    peak_kw: Fraction = Fraction(0)
    covered_us: int = 0
    quality: int = MEASURED


def stretches(
    readings: Mapping[int, float],
    *,
    digits: int | None = None,
    most_kw: int = 0,
    replacements: Iterable[tuple[int, float, float]] = (),
) -> list[tuple[int, int, Fraction]]:
    """(start, end, kWh) of each two neighbouring registers between which it is known."""
    meters: list[dict[int, Fraction]] = [{}]
    changes = sorted(replacements)
    for at_us, kwh in sorted(readings.items()):
        while changes and changes[0][0] <= at_us:
            change_us, final_kwh, first_kwh = changes.pop(0)
            meters[-1][change_us] = Fraction(final_kwh)
            meters.append({change_us: Fraction(first_kwh)})
        meters[-1].setdefault(at_us, Fraction(kwh))
    known = []
    for meter in meters:
        for (start_us, before), (end_us, after) in pairwise(sorted(meter.items())):
            if after >= before:
                known.append((start_us, end_us, after - before))
            elif digits and before < 10**digits <= before * 10 / 9 and after < 10 ** (digits - 1):
                risen = after + 10**digits - before
                if risen * HOUR_US <= most_kw * (end_us - start_us):
                    known.append((start_us, end_us, risen))
    return known


def quarters(known: Iterable[tuple[int, int, Fraction]], *, max_gap_us: int) -> dict[int, Quarter]:
    """The quarter hours of which something is known, by their number since 1970."""
    found: dict[int, Quarter] = {}
    for start_us, end_us, kwh in known:
        power_kw = kwh * HOUR_US / (end_us - start_us)
        for number in range(start_us // QUARTER_US, -(-end_us // QUARTER_US)):
            quarter = found.setdefault(number, Quarter())
            low, high = max(start_us, number * QUARTER_US), min(end_us, (number + 1) * QUARTER_US)
            quarter.kwh += kwh * Fraction(high - low, end_us - start_us)
            quarter.peak_kw = max(quarter.peak_kw, power_kw)
            if end_us - start_us > max_gap_us:
                quarter.quality = ESTIMATED
            else:
                quarter.covered_us += high - low
    return found
