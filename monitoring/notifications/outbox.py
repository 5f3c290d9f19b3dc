"""Each user's notifications as pages, API and sockets read them, and as the user marks them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, QuerySet, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from monitoring.models import AlertGroup, Inbox, Notification
from monitoring.notifications.groups import GroupFacts, as_group, get_facts, get_group
from monitoring.rules.rounding import round_kw
from monitoring.sql import array


def get_notifications(*, user: User) -> QuerySet[Notification]:
    """The user's notifications, newest first, each with its peak, sensor and device."""
    return (
        Notification.objects.filter(user=user)
        .select_related("peak__sensor__device", "group")
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
    #: The inbox's ``last_change`` that it knows; None: it doesn't ask which groups have grown.
    after_change: int | None = None


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


# By the partial index on (user, change).
_GROWN = """
    SELECT number, grown.id
    FROM unnest(%s::bigint[], %s::bigint[]) WITH ORDINALITY AS asked (user_id, change, number)
    CROSS JOIN LATERAL (
        SELECT id, change FROM monitoring_alertgroup
        WHERE user_id = asked.user_id AND change > asked.change AND change > 0
        ORDER BY change
        LIMIT %s
    ) grown
    ORDER BY number, grown.change
"""


def get_missed_messages(*, asked: Sequence[Asked]) -> list[list[dict[str, Any]]]:
    """For each page the WebSocket's messages of at most ``CHUNK`` notifications, oldest first.

    Each also says whether it ``is_read`` by now, perhaps on another page, and ``unread_count``.
    Behind them come at most ``CHUNK`` groups that have grown without a notification.
    """
    messages = _get_missed_news(asked)
    for mine, grown in zip(messages, _get_grown(asked), strict=True):
        mine.extend(grown)
    return messages


def _get_grown(asked: Sequence[Asked]) -> list[list[dict[str, Any]]]:
    """For each page the messages of groups that have grown, in that order."""
    changes = (2**62 if each.after_change is None else each.after_change for each in asked)
    with connection.cursor() as cursor:
        columns = array(each.user_id for each in asked), array(changes)
        cursor.execute(_GROWN, [*columns, CHUNK])
        found = cursor.fetchall()
    messages: list[list[dict[str, Any]]] = [[] for _ in asked]
    ids = {group_id for _, group_id in found}
    groups = AlertGroup.objects.select_related("sensor").in_bulk(ids) if ids else {}
    facts = get_facts(ids)
    for number, group_id in found:
        group = groups[group_id]
        messages[number - 1].append(
            {
                "type": "grown",
                "change": group.change,
                "sensor_id": str(group.sensor.uuid),
                "group": as_group(group, facts.get(group_id)),
            }
        )
    return messages


def _get_missed_news(asked: Sequence[Asked]) -> list[list[dict[str, Any]]]:
    columns = (array(each.user_id for each in asked), array(each.after_seq for each in asked))
    with connection.cursor() as cursor:
        cursor.execute(_MISSED, [*columns, CHUNK])
        missed = cursor.fetchall()
    messages: list[list[dict[str, Any]]] = [[] for _ in asked]
    if not missed:
        return messages
    notifications = Notification.objects.select_related("peak__sensor__device", "group").in_bulk(
        {notification_id for _, notification_id in missed}
    )
    facts = get_facts({notification.group_id for notification in notifications.values()})
    unread = _get_unread_counts({notification.user_id for notification in notifications.values()})
    for number, notification_id in missed:
        if notification := notifications.get(notification_id):
            messages[number - 1].append(_as_news(notification, facts, unread))
    return messages


def _get_unread_counts(user_ids: Collection[int]) -> dict[int, int]:
    unread = Notification.objects.filter(user_id__in=user_ids, read_at__isnull=True)
    return dict(unread.values("user_id").values_list("user_id", Count("pk")))


def _as_news(
    notification: Notification, facts: Mapping[int, GroupFacts], unread: Mapping[int, int]
) -> dict[str, Any]:
    return {
        **as_message(notification, facts.get(notification.group_id)),
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


def get_last_change(*, user_id: int) -> int:
    """The user's inbox's ``last_change``; 0 before the first notification."""
    changes = Inbox.objects.filter(user_id=user_id).values_list("last_change", flat=True)
    return changes.first() or 0


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


def mark_group_read(*, user: User, group_id: int, now: datetime) -> None:
    """Marks all notifications of a group read. Raises ``UnknownGroup``."""
    group = get_group(user=user, group_id=group_id)
    group.notifications.filter(read_at__isnull=True).update(read_at=now)


def acknowledge_group(*, user: User, group_id: int, now: datetime) -> None:
    """As ``acknowledge``, for all notifications of a group. Raises ``UnknownGroup``."""
    group = get_group(user=user, group_id=group_id)
    group.notifications.filter(acknowledged_at__isnull=True).update(
        acknowledged_at=now, read_at=Coalesce("read_at", Value(now))
    )


def _update_one(user: User, seq: int, **values: Coalesce) -> None:
    if not Notification.objects.filter(user=user, seq=seq).update(**values):
        raise UnknownNotification(seq)


def as_message(notification: Notification, facts: GroupFacts | None = None) -> dict[str, Any]:
    """The WebSocket's message for a notification, with the facts of its group (kW; ISO 8601)."""
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
        "severity": peak.severity.value,
        "group": as_group(notification.group, facts),
    }
