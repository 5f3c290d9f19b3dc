"""Writes the quarantine: each rejection becomes an entry, or is counted beyond the caps.

The caps hold for a UTC day: so many entries of a sensor for a reason, so many for a reason in all.
However much comes, a day adds no more rows than they allow, and none of what is beyond is lost from
the count.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection

from monitoring.models import QuarantinedReading, QuarantineTally
from monitoring.rules.rejections import Rejection

#: Thousands of texts as rows and in one statement would take tens of megabytes.
REJECTIONS_A_STATEMENT = 500

#: The readings in a dead letter may be good, and each has cost twenty deliveries.
WITHOUT_CAP = frozenset({QuarantinedReading.Reason.DEAD_LETTER.value})

ALL = str(QuarantineTally.ANY_SENSOR)

TABLE = QuarantineTally._meta.db_table


class Key(NamedTuple):
    """What a tally is of."""

    reason: str
    sensor_uuid: str


class Quarantined(NamedTuple):
    """How many rejections there were by reason, and how many of them became no entry."""

    by_reason: Counter[str]
    beyond_by_reason: Counter[str]


def quarantine(rejections: Iterable[Rejection], *, received_at: datetime) -> Quarantined:
    """Makes entries up to the caps and counts what is beyond, in the caller's transaction.

    Workers that write at once do not wait for one another: each may then exceed a cap by the
    entries of its own transaction.
    """
    tallies = _Tallies(received_at.date())
    by_reason: Counter[str] = Counter()
    coming = iter(rejections)
    while some := list(islice(coming, REJECTIONS_A_STATEMENT)):
        tallies.read({_key_of(each) for each in some})
        kept = (each for each in some if tallies.admit(_key_of(each)))
        QuarantinedReading.objects.bulk_create(_as_entry(each, received_at) for each in kept)
        by_reason.update(each.reason for each in some)
    if by_reason:
        tallies.save()
    return Quarantined(by_reason, tallies.beyond_by_reason())


class _Tallies:
    """The caps of a day as one transaction sees them."""

    def __init__(self, day: date) -> None:
        self._day = day
        self._kept_before: dict[Key, int] = {}
        self._kept: Counter[Key] = Counter()
        self._beyond: Counter[Key] = Counter()

    def read(self, keys: set[Key]) -> None:
        """Learns how much of these has been kept today."""
        keys |= {Key(reason, ALL) for reason, _ in keys}
        # Nothing more of a reason that is full is kept, whatever its sensors.
        wanted = [key for key in keys - self._kept_before.keys() if not self._is_full(key)]
        if wanted:
            self._kept_before.update(dict.fromkeys(wanted, 0) | _get_kept(self._day, wanted))

    def admit(self, key: Key) -> bool:
        """Whether a rejection becomes an entry; counts it either way."""
        of_all = Key(key.reason, ALL)
        if key.reason in WITHOUT_CAP:
            return True
        if self._is_full(of_all):
            self._beyond[of_all] += 1
            return False
        if key != of_all and self._is_full(key):
            self._beyond[key] += 1
            return False
        self._kept.update({of_all, key})
        return True

    def save(self) -> None:
        """Adds what was counted to the table."""
        keys = sorted(self._kept.keys() | self._beyond.keys())
        if keys:
            _add(self._day, [(*key, self._kept[key], self._beyond[key]) for key in keys])

    def beyond_by_reason(self) -> Counter[str]:
        """How many rejections were only counted."""
        total: Counter[str] = Counter()
        for key, count in self._beyond.items():
            total[key.reason] += count
        return total

    def _is_full(self, key: Key) -> bool:
        return self._has_reached(Key(key.reason, ALL), settings.QUARANTINE_MAX_A_REASON) or (
            key.sensor_uuid != ALL and self._has_reached(key, settings.QUARANTINE_MAX_A_SENSOR)
        )

    def _has_reached(self, key: Key, most: int) -> bool:
        return self._kept_before.get(key, 0) + self._kept[key] >= most


_KEPT = f"""
    SELECT reason, sensor_uuid::text, sum(kept)
    FROM unnest(%s::text[], %s::uuid[]) AS wanted (reason, sensor_uuid)
    JOIN {TABLE} USING (reason, sensor_uuid)
    WHERE day = %s
    GROUP BY reason, sensor_uuid
"""

# A row that another transaction holds is left alone, and another one added beside it: nobody waits.
# There are no more rows of a key than there were transactions at once.
_ADD = f"""
    WITH more AS (
        SELECT * FROM unnest(%s::text[], %s::uuid[], %s::bigint[], %s::bigint[])
            AS columns (reason, sensor_uuid, kept, beyond)
    ), free AS (
        SELECT more.*, tally.id FROM more
        LEFT JOIN LATERAL (
            SELECT id FROM {TABLE} tally
            WHERE day = %s AND tally.reason = more.reason AND tally.sensor_uuid = more.sensor_uuid
            LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
        ) tally ON true
    ), updated AS (
        UPDATE {TABLE} tally SET kept = tally.kept + free.kept, beyond = tally.beyond + free.beyond
        FROM free WHERE tally.id = free.id
    )
    INSERT INTO {TABLE} (day, reason, sensor_uuid, kept, beyond)
    SELECT %s, reason, sensor_uuid, kept, beyond FROM free WHERE id IS NULL
"""


def _get_kept(day: date, keys: list[Key]) -> dict[Key, int]:
    reasons, sensor_uuids = zip(*keys, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_KEPT, [list(reasons), list(sensor_uuids), day])
        return {
            Key(reason, sensor_uuid): int(kept) for reason, sensor_uuid, kept in cursor.fetchall()
        }


def _add(day: date, rows: list[tuple[str, str, int, int]]) -> None:
    reasons, sensor_uuids, kept, beyond = map(list, zip(*rows, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [reasons, sensor_uuids, kept, beyond, day, day])


def _key_of(rejection: Rejection) -> Key:
    return Key(rejection.reason, rejection.sensor_uuid or ALL)


def _as_entry(rejection: Rejection, received_at: datetime) -> QuarantinedReading:
    return QuarantinedReading(
        received_at=received_at,
        reason=rejection.reason,
        detail=rejection.detail,
        sensor_uuid=rejection.sensor_uuid and UUID(rejection.sensor_uuid),
        raw=rejection.raw,
        raw_size_bytes=rejection.raw_size_bytes,
    )
