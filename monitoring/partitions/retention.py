"""From when on raw readings are kept; what is older is neither stored nor accepted.

But for each sensor's last ones before that (``edge.py``), and for what is not summed yet: a
reading goes only when all that it means is in the quarter hours.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from monitoring.models import AffectedSpan, ReadingRetention
from monitoring.partitions.edge import lock_readings, make_edge, put_edge_in_place
from monitoring.partitions.locks import change_of_tables
from monitoring.partitions.months import Month
from monitoring.partitions.tables import get_partitions
from monitoring.rules.instants import to_us

#: Each process asks once in so many seconds, so it may accept too old readings for as long.
REMEMBER_S = 60.0
#: Between saying that older readings are not kept and dropping them. By then every process knows,
#: and the batches that did not know are committed: nothing is stored where a partition was.
GRACE = timedelta(minutes=15)


# What a sensor has measured since is summed from its last reading on, which stays.
_UNSUMMED = """
    SELECT sensor_id FROM monitoring_sensorstate state
    LEFT JOIN monitoring_summedsensor summed USING (sensor_id)
    WHERE (summed_until IS NULL OR summed_until < least(state.measured_at, %(kept_from)s))
      AND EXISTS (
          SELECT FROM monitoring_reading reading
          WHERE reading.sensor_id = state.sensor_id AND reading.measured_at < %(kept_from)s
            AND reading.measured_at > coalesce(summed_until, '-infinity')
      )
    LIMIT 1
"""


class NotSummed(Exception):
    """There are old readings that are not in the quarter hours yet; a later run will drop them."""


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


def get_months_to_drop(*, known_since: datetime | None = None) -> list[Month]:
    """The months that are not kept and have a partition still, in order.

    With ``known_since`` none, if it was said later than that that they are not kept.
    """
    retention = ReadingRetention.objects.first()
    if retention is None or (known_since is not None and retention.raised_at > known_since):
        return []
    return sorted(month for month in get_partitions() if month.end <= retention.kept_from)


def drop_old_partitions(*, now: datetime) -> list[Month]:
    """Drops the months that are not kept, once that has been known for ``GRACE``.

    Each sensor's last readings of them stay. Raises ``Busy``, or ``NotSummed`` while history has
    not taken in what they say; then nothing has changed.
    """
    old = get_months_to_drop(known_since=now - GRACE)
    kept_from = get_raw_kept_from()
    if not old or kept_from is None:
        return []
    with change_of_tables():
        _check_nothing_is_behind(kept_from)
        make_edge(Month.of(kept_from))
        lock_readings()
        # Again: a decision that was made meanwhile, from these readings, is committed by now.
        _check_nothing_is_affected(kept_from)
        put_edge_in_place(Month.of(kept_from), old)
    return old


def _check_nothing_is_behind(kept_from: datetime) -> None:
    _check_nothing_is_affected(kept_from)
    with connection.cursor() as cursor:
        cursor.execute(_UNSUMMED, {"kept_from": kept_from})
        if found := cursor.fetchone():
            raise NotSummed(f"Readings of sensor {found[0]} (key) before {kept_from} are not.")


def _check_nothing_is_affected(kept_from: datetime) -> None:
    span = AffectedSpan.objects.filter(started_at__lt=kept_from).first()
    if span is not None:
        raise NotSummed(f"Sensor {span.sensor_id} (key) is to be summed from {span.started_at} on.")
