"""Shares as people read them: whole percents that make up 100."""

from collections.abc import Sequence
from math import inf


def round_shares(amounts: Sequence[float]) -> list[int | None]:
    """The share of each amount in their sum, in whole percents that sum to 100.

    Each is rounded down, and the percents that are left over go to those that lost most by it (the
    method of largest remainders). None where the sum is 0, or beyond all numbers.

    >>> round_shares([1, 1, 1])
    [34, 33, 33]
    """
    total = sum(amounts)
    if not 0 < total < inf:
        return [None] * len(amounts)
    percents = [100 * amount / total for amount in amounts]
    shares = [int(percent) for percent in percents]
    order = sorted(range(len(shares)), key=lambda at: shares[at] - percents[at])
    for at in order[: 100 - sum(shares)]:
        shares[at] += 1
    return list(shares)
