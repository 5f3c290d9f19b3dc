"""Each user's notifications as rows: written with the peak, read by pages, API and sockets."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, QuerySet, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from devices.models import Sensor
from monitoring.models import Inbox, Notification, Peak
from monitoring.rules.rounding import round_kw
from monitoring.sql import array


def notify_owners(peaks: Sequence[Peak], *, now: datetime) -> frozenset[int]:
    """Adds one notification a peak to its owner's inbox. Returns the users who have a new one.

    Part of the transaction that stores the peaks. Inboxes are locked in the order of users, so
    that two workers never wait for each other in a circle.
    """
    owners = dict(
        Sensor.objects.filter(id__in={peak.sensor_id for peak in peaks}).values_list(
            "id", "device__owner_id"
        )
    )
    by_owner: defaultdict[int, list[Peak]] = defaultdict(list)
    for peak in sorted(peaks, key=lambda peak: (peak.started_at, peak.pk)):
        by_owner[owners[peak.sensor_id]].append(peak)
    last_seqs = _raise_counters({user_id: len(mine) for user_id, mine in by_owner.items()})
    Notification.objects.bulk_create(
        [
            Notification(user_id=user_id, seq=seq, peak=peak, created_at=now)
            for user_id, mine in by_owner.items()
            for seq, peak in enumerate(mine, last_seqs[user_id] - len(mine) + 1)
        ]
    )
    return frozenset(by_owner)


def get_notifications(*, user: User) -> QuerySet[Notification]:
    """The user's notifications, newest first, each with its peak, sensor and device."""
    return (
        Notification.objects.filter(user=user)
        .select_related("peak__sensor__device")
        .order_by("-seq")
    )


def get_last_seq(*, user_id: int) -> int:
    """The ``seq`` of the user's newest notification; 0 before the first."""
    return Inbox.objects.filter(user_id=user_id).values_list("last_seq", flat=True).first() or 0


def get_unread_count(*, user_id: int) -> int:
    """How many of the user's notifications are unread."""
    return Notification.objects.filter(user_id=user_id, read_at__isnull=True).count()


class Asked(NamedTuple):
    """What an open page asks for: its user's notifications after the last one that it has."""

    user_id: int
    after_seq: int


#: Of each page the notifications that it gets at once.
CHUNK = 20

# By the key (user, seq), a page after the other.
_MISSED = """
    SELECT number, missed.id
    FROM unnest(%s::bigint[], %s::bigint[]) WITH ORDINALITY AS asked (user_id, after_seq, number)
    CROSS JOIN LATERAL (
        SELECT id, seq FROM monitoring_notification
        WHERE user_id = asked.user_id AND seq > asked.after_seq
        ORDER BY seq
        LIMIT %s
    ) missed
    ORDER BY number, missed.seq
"""


def get_missed_messages(*, asked: Sequence[Asked]) -> list[list[dict[str, Any]]]:
    """For each page the WebSocket's messages of at most ``CHUNK`` notifications, oldest first.

    Each also says whether it ``is_read`` by now, perhaps on another page, and ``unread_count``.
    """
    columns = (array(each.user_id for each in asked), array(each.after_seq for each in asked))
    with connection.cursor() as cursor:
        cursor.execute(_MISSED, [*columns, CHUNK])
        missed = cursor.fetchall()
    messages: list[list[dict[str, Any]]] = [[] for _ in asked]
    if not missed:
        return messages
    notifications = Notification.objects.select_related("peak__sensor__device").in_bulk(
        {notification_id for _, notification_id in missed}
    )
    unread = _get_unread_counts({notification.user_id for notification in notifications.values()})
    for number, notification_id in missed:
        if notification := notifications.get(notification_id):
            messages[number - 1].append(_as_news(notification, unread))
    return messages


def _get_unread_counts(user_ids: Collection[int]) -> dict[int, int]:
    unread = Notification.objects.filter(user_id__in=user_ids, read_at__isnull=True)
    return dict(unread.values("user_id").values_list("user_id", Count("pk")))


def _as_news(notification: Notification, unread: Mapping[int, int]) -> dict[str, Any]:
    return {
        **as_message(notification),
        "is_read": notification.read_at is not None,
        "unread_count": unread.get(notification.user_id, 0),
    }


class UnknownNotification(LookupError):
    """The user has no notification with this ``seq``."""


def get_notification(*, user: User, seq: int) -> Notification:
    """One of the user's notifications. Raises ``UnknownNotification``."""
    notification = get_notifications(user=user).filter(seq=seq).first()
    if notification is None:
        raise UnknownNotification(seq)
    return notification


def mark_one_read(*, user: User, seq: int, now: datetime) -> None:
    """Marks a notification read; the first time counts. Raises ``UnknownNotification``."""
    _update_one(user, seq, read_at=Coalesce("read_at", Value(now)))


def acknowledge(*, user: User, seq: int, now: datetime) -> None:
    """Says that the user has seen to a notification, and so has read it; the first time counts.

    Raises ``UnknownNotification``.
    """
    _update_one(
        user,
        seq,
        acknowledged_at=Coalesce("acknowledged_at", Value(now)),
        read_at=Coalesce("read_at", Value(now)),
    )


def _update_one(user: User, seq: int, **values: Coalesce) -> None:
    if not Notification.objects.filter(user=user, seq=seq).update(**values):
        raise UnknownNotification(seq)


def as_message(notification: Notification) -> dict[str, Any]:
    """The WebSocket's message for a notification (kW; ISO 8601 in UTC)."""
    peak = notification.peak
    return {
        "type": "peak",
        "seq": notification.seq,
        "sensor_id": str(peak.sensor.uuid),
        "sensor": notification.sensor_name,
        "device": notification.device_name,
        "device_id": peak.sensor.device_id,
        "started_at": peak.started_at.isoformat(),
        "ended_at": peak.ended_at.isoformat(),
        "power_kw": round_kw(peak.power_kw),
        "limit_kw": round_kw(peak.limit_kw),
    }


_RAISE = """
    INSERT INTO monitoring_inbox AS inbox (user_id, last_seq)
    SELECT user_id, more FROM unnest(%s::bigint[], %s::bigint[]) AS new (user_id, more)
    ORDER BY user_id
    ON CONFLICT (user_id) DO UPDATE SET last_seq = inbox.last_seq + excluded.last_seq
    RETURNING user_id, last_seq
"""


def _raise_counters(by: Mapping[int, int]) -> dict[int, int]:
    """Raises each user's ``last_seq`` and keeps the rows locked until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_RAISE, [array(by.keys()), array(by.values())])
        return dict(cursor.fetchall())
