"""The partitions as this process knows them, for those who ask with every batch."""

import time
from dataclasses import dataclass, field
from datetime import datetime

from monitoring.partitions.months import PARENT, Month
from monitoring.partitions.tables import get_partitions

REMEMBER_S = 60.0


@dataclass
class _Remembered:
    partitions: set[Month] = field(default_factory=set)
    good_until_s: float = 0.0


_remembered = _Remembered()


def get_table_of(first: datetime, last: datetime) -> str:
    """The table to which readings from ``first`` to ``last`` go: their month's partition, or else
    the parent, which finds the partition of each.

    The partition existed within the last ``REMEMBER_S``. To write to it saves the search.
    """
    month = Month.of(first)
    return month.partition if last < month.end and month in _get_known() else PARENT


def forget_partitions() -> None:
    """Makes this process ask again."""
    _remembered.good_until_s = 0.0


def _get_known() -> set[Month]:
    if time.monotonic() >= _remembered.good_until_s:
        _remembered.partitions = get_partitions()
        _remembered.good_until_s = time.monotonic() + REMEMBER_S
    return _remembered.partitions
