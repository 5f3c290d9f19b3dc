"""Tells owners of peaks that have begun: rows, written in the transaction that stores the peaks.

Each peak is in one group of its owner's inbox (docs/adr/0010). A peak that is news is told by a
notification; within the owner's pause it joins the group of the sensor's last alert. Older peaks of
a sensor that come on one day are a group with one notification.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from devices.models import Sensor
from monitoring.models import AlertedPeak, AlertGroup, Notification, Peak
from monitoring.rules.telling import News, sort_news
from monitoring.sql import array

Kind = AlertGroup.Kind


class Owner(NamedTuple):
    """Who hears of a sensor's peaks, and how."""

    user_id: int
    zone: ZoneInfo
    pause: timedelta


class Key(NamedTuple):
    """What tells groups apart."""

    user_id: int
    sensor_id: int
    kind: str
    day: date


class Counters(NamedTuple):
    """A user's, after they were raised."""

    seq: int
    change: int


class Past(NamedTuple):
    """What was told of a sensor before."""

    last_day: date | None
    last_told_at: datetime | None
    has_older_today: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A peak with its group; ``is_loud`` if it gets a notification."""

    peak: Peak
    key: Key
    is_loud: bool


def notify_owners(peaks: Sequence[Peak], *, now: datetime) -> frozenset[int]:
    """Puts peaks that have begun into their owners' inboxes. Returns the users whose has changed.

    The caller holds the sensors' locks. Inboxes are locked in the order of users, so that two
    workers never wait for each other in a circle. Statements are bounded by the peaks.
    """
    by_sensor: defaultdict[int, list[Peak]] = defaultdict(list)
    for peak in sorted(peaks, key=lambda peak: (peak.started_at, peak.pk)):
        by_sensor[peak.sensor_id].append(peak)
    owners = _get_owners(by_sensor)
    past = _get_past(owners, now)
    found = [
        told
        for sensor_id, mine in by_sensor.items()
        for told in _sort(mine, owners[sensor_id], past[sensor_id], now)
    ]
    found.sort(key=lambda told: (told.key.user_id, told.peak.started_at, told.peak.pk))
    _write(found, now)
    return frozenset(told.key.user_id for told in found)


def _get_owners(sensor_ids: Collection[int]) -> dict[int, Owner]:
    rows = Sensor.objects.filter(id__in=sensor_ids).values_list(
        "id",
        "device__owner_id",
        "device__owner__time_zone",
        "device__owner__alert_settings__pause_minutes",
    )
    return {
        sensor_id: Owner(user_id, ZoneInfo(zone), timedelta(minutes=pause or 0))
        for sensor_id, user_id, zone, pause in rows
    }


_PAST = """
    SELECT sensor.id, last.day, last.told_at,
           EXISTS (SELECT FROM monitoring_alertgroup older
                   WHERE older.user_id = sensor.user_id AND older.sensor_id = sensor.id
                     AND older.kind = 'older' AND older.day = sensor.today)
    FROM unnest(%s::bigint[], %s::bigint[], %s::date[]) AS sensor (id, user_id, today)
    LEFT JOIN LATERAL (
        SELECT day, told_at FROM monitoring_alertgroup
        WHERE sensor_id = sensor.id AND user_id = sensor.user_id AND kind = 'day'
        ORDER BY last_seq DESC LIMIT 1
    ) last ON true
"""


def _get_past(owners: Mapping[int, Owner], now: datetime) -> dict[int, Past]:
    today = [now.astimezone(owner.zone).date() for owner in owners.values()]
    user_ids = (owner.user_id for owner in owners.values())
    with connection.cursor() as cursor:
        cursor.execute(_PAST, [array(owners), array(user_ids), array(today)])
        return {sensor_id: Past(*row) for sensor_id, *row in cursor.fetchall()}


def _sort(peaks: Sequence[Peak], owner: Owner, past: Past, now: datetime) -> Iterable[Told]:
    """Groups a sensor's peaks, which are in order of time."""
    news = sort_news(
        (peak.ended_at for peak in peaks),
        now=now,
        pause=owner.pause,
        last_told_at=past.last_told_at,
    )
    last_day, has_older = past.last_day, past.has_older_today
    for peak, how in zip(peaks, news, strict=True):
        if how is News.OLDER:
            kind, day, is_loud = Kind.OLDER, now.astimezone(owner.zone).date(), not has_older
            has_older = True
        else:
            is_loud = how is News.TOLD
            if is_loud or last_day is None:
                last_day = peak.started_at.astimezone(owner.zone).date()
            kind, day = Kind.DAY, last_day
        yield Told(peak, Key(owner.user_id, peak.sensor_id, kind, day), is_loud)


def _write(found: Sequence[Told], now: datetime) -> None:
    loud = [told for told in found if told.is_loud]
    counters = _raise_counters(found)
    left = Counter(told.key.user_id for told in loud)
    seqs: dict[int, int] = {}  # by peak
    for told in loud:
        user_id = told.key.user_id
        left[user_id] -= 1
        seqs[told.peak.pk] = counters[user_id].seq - left[user_id]
    group_ids = _grow_groups(found, seqs, counters, now)
    AlertedPeak.objects.bulk_create(
        AlertedPeak(
            group_id=group_ids[told.key],
            peak=told.peak,
            started_at=told.peak.started_at,
            power_kw=told.peak.power_kw,
        )
        for told in found
    )
    Notification.objects.bulk_create(
        Notification(
            user_id=told.key.user_id,
            seq=seqs[told.peak.pk],
            peak=told.peak,
            group_id=group_ids[told.key],
            created_at=now,
        )
        for told in loud
    )


_RAISE = """
    INSERT INTO monitoring_inbox AS inbox (user_id, last_seq, last_change)
    SELECT user_id, more, 1 FROM unnest(%s::bigint[], %s::bigint[]) AS new (user_id, more)
    ORDER BY user_id
    ON CONFLICT (user_id) DO UPDATE
    SET last_seq = inbox.last_seq + excluded.last_seq, last_change = inbox.last_change + 1
    RETURNING user_id, last_seq, last_change
"""


def _raise_counters(found: Iterable[Told]) -> dict[int, Counters]:
    """Raises each user's ``last_seq`` and ``last_change``, and keeps the rows locked until the
    transaction ends."""
    by: Counter[int] = Counter()
    for told in found:
        by[told.key.user_id] += told.is_loud
    with connection.cursor() as cursor:
        cursor.execute(_RAISE, [array(by.keys()), array(by.values())])
        return {user_id: Counters(*row) for user_id, *row in cursor.fetchall()}


# A group begins with a notification, so one without a new number is there already.
_GROW = """
    INSERT INTO monitoring_alertgroup AS old
           (user_id, sensor_id, kind, day, peak_count, last_seq, change, told_at)
    SELECT new.*, %s
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::date[], %s::int[], %s::bigint[],
                %s::bigint[]) AS new
    ON CONFLICT (user_id, sensor_id, kind, day) DO UPDATE
    SET peak_count = old.peak_count + excluded.peak_count,
        last_seq = greatest(old.last_seq, excluded.last_seq),
        change = greatest(old.change, excluded.change),
        told_at = CASE WHEN excluded.last_seq > old.last_seq THEN excluded.told_at
                       ELSE old.told_at END
    RETURNING user_id, sensor_id, kind, day, id
"""


def _grow_groups(
    found: Iterable[Told],
    seqs: Mapping[int, int],
    counters: Mapping[int, Counters],
    now: datetime,
) -> dict[Key, int]:
    """Makes the groups, or adds the peaks to their counts. Returns the groups' ids."""
    peaks: Counter[Key] = Counter()
    last_seqs: dict[Key, int] = {}
    for told in found:
        peaks[told.key] += 1
        last_seqs[told.key] = seqs.get(told.peak.pk, last_seqs.get(told.key, 0))
    rows = [
        # Open pages hear of a notification anyway.
        (*key, count, last_seqs[key], 0 if last_seqs[key] else counters[key.user_id].change)
        for key, count in peaks.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_GROW, [now, *map(array, zip(*rows, strict=True))])
        return {Key(*key): group_id for *key, group_id in cursor.fetchall()}
