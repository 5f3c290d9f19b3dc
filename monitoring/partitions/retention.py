"""From when on raw readings are kept; what is older is neither stored nor accepted."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitoring.models import ReadingRetention
from monitoring.partitions.months import Month
from monitoring.partitions.tables import drop_partition, get_partitions
from monitoring.rules.instants import to_us

#: Each process asks once in so many seconds, so it may accept too old readings for as long.
REMEMBER_S = 60.0
#: Between saying that older readings are not kept and dropping them. By then every process knows,
#: and the batches that did not know are committed: nothing is stored where a partition was.
GRACE = timedelta(minutes=15)


@dataclass
class _Remembered:
    kept_from_us: int | None = None
    good_until_s: float = 0.0


_remembered = _Remembered()


def get_raw_kept_from() -> datetime | None:
    """The instant before which raw readings are gone, or are about to go; None if all are kept."""
    return ReadingRetention.objects.values_list("kept_from", flat=True).first()


def get_raw_kept_from_us() -> int | None:
    """The same in microseconds since 1970, as it was within the last ``REMEMBER_S``."""
    if time.monotonic() >= _remembered.good_until_s:
        kept_from = get_raw_kept_from()
        _remembered.kept_from_us = to_us(kept_from) if kept_from else None
        _remembered.good_until_s = time.monotonic() + REMEMBER_S
    return _remembered.kept_from_us


def forget_raw_kept_from() -> None:
    """Makes this process ask again."""
    _remembered.good_until_s = 0.0


def raise_raw_kept_from(*, kept_months: int, now: datetime) -> None:
    """Raises the instant to leave this month and so many whole ones before it; 0 keeps all."""
    kept_from, before = Month.of(now).plus(-kept_months).start, get_raw_kept_from()
    if not kept_months or (before is not None and before >= kept_from):
        return
    ReadingRetention.objects.update_or_create(
        id=1, defaults={"kept_from": kept_from, "raised_at": now}
    )
    forget_raw_kept_from()


def drop_old_partitions(*, now: datetime) -> list[Month]:
    """Drops the months that are not kept, once that has been known for ``GRACE``.

    Raises ``Busy``; the months before the one in use have been dropped.
    """
    retention = ReadingRetention.objects.filter(raised_at__lte=now - GRACE).first()
    if retention is None:
        return []
    old = sorted(month for month in get_partitions() if month.end <= retention.kept_from)
    return [month for month in old if drop_partition(month)]
