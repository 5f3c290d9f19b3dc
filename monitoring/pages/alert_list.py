"""The inbox: which groups of alerts a page of it holds, and what is said of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from devices.models import Device
from monitoring.models import AlertedPeak, AlertGroup, Notification, Peak
from monitoring.notifications.groups import GroupFacts, get_facts, get_groups
from monitoring.notifications.outbox import get_notifications

CARDS_A_PAGE = 25
#: A meter that has not been heard of for longer does not tell whether its peak goes on.
GOES_ON_WITHIN = timedelta(minutes=15)

UNREAD = "unread"
UNACKNOWLEDGED = "unacknowledged"


@dataclass(frozen=True, kw_only=True)
class AlertFilter:
    """Which alerts to list; ``[since, until)`` is when their peaks began."""

    show: str = ""
    device: Device | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_active(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.show or self.device or self.since or self.until)


class Place(NamedTuple):
    """Where a page begins: behind the older or before the newer of two alerts; neither: newest."""

    before_seq: int | None = None
    after_seq: int | None = None


@dataclass(frozen=True)
class Alert:
    """A notification as its owner sees it."""

    notification: Notification
    goes_on: bool

    @property
    def peak(self) -> Peak:
        """The episode that it tells of."""
        return self.notification.peak


@dataclass(frozen=True)
class Card:
    """A group of the inbox with its newest alert; without facts no peak of it holds any more."""

    group: AlertGroup
    alert: Alert
    facts: GroupFacts | None
    is_unread: bool
    is_acknowledged: bool
    has_more_alerts: bool

    @property
    def is_single(self) -> bool:
        """Whether all that there is to tell is one alert."""
        return not (self.is_older or self.has_more_alerts or self.group.peak_count > 1)

    @property
    def is_older(self) -> bool:
        """Whether its peaks were over long before they were told."""
        return self.group.kind == AlertGroup.Kind.OLDER


@dataclass(frozen=True)
class AlertPage:
    """A page of the inbox, newest first, and whether there is more on either side."""

    cards: list[Card]
    has_newer: bool
    has_older: bool


def get_alert_page(*, user: User, wanted: AlertFilter, place: Place, now: datetime) -> AlertPage:
    """A page of the user's groups. Nothing is counted: each page takes three queries."""
    groups = _matching(user, wanted)
    if place.after_seq is not None:
        newer = groups.filter(last_seq__gt=place.after_seq).order_by("last_seq")
        rows = list(newer[: CARDS_A_PAGE + 1])
        page = rows[:CARDS_A_PAGE][::-1]
        return AlertPage(_make_cards(page, user, now), len(rows) > CARDS_A_PAGE, has_older=True)
    if place.before_seq is not None:
        groups = groups.filter(last_seq__lt=place.before_seq)
    rows = list(groups[: CARDS_A_PAGE + 1])
    return AlertPage(
        _make_cards(rows[:CARDS_A_PAGE], user, now),
        has_newer=place.before_seq is not None,
        has_older=len(rows) > CARDS_A_PAGE,
    )


def get_unread_cards(*, user: User, most: int, now: datetime) -> list[Card]:
    """The newest groups with something unread."""
    return _make_cards(_matching(user, AlertFilter(show=UNREAD))[:most], user, now)


def make_card(group: AlertGroup, *, user: User, now: datetime) -> Card:
    """A group as a card."""
    (card,) = _make_cards(_with_marks(get_groups(user=user).filter(pk=group.pk)), user, now)
    return card


def mark_listed_read(*, user: User, wanted: AlertFilter, up_to_seq: int, now: datetime) -> None:
    """Marks read what the filter leaves of the user's alerts, up to the newest that was shown."""
    listed = Notification.objects.filter(user=user, read_at__isnull=True, seq__lte=up_to_seq)
    if wanted.is_active:
        listed = listed.filter(group__in=_matching(user, wanted).order_by().values("pk"))
    if wanted.show == UNACKNOWLEDGED:
        listed = listed.filter(acknowledged_at__isnull=True)
    listed.update(read_at=now)


def as_alert(notification: Notification, *, now: datetime) -> Alert:
    """The alert of a notification whose sensor's state is loaded."""
    return Alert(notification, goes_on=_goes_on(notification.peak, now))


def _matching(user: User, wanted: AlertFilter) -> QuerySet[AlertGroup]:
    groups = _with_marks(get_groups(user=user))
    if wanted.show == UNREAD:
        groups = groups.filter(is_unread=True)
    if wanted.show == UNACKNOWLEDGED:
        groups = groups.filter(is_unacknowledged=True)
    if wanted.device:
        groups = groups.filter(sensor__device=wanted.device)
    if wanted.since or wanted.until:
        begun = Q(started_at__gte=wanted.since) if wanted.since else Q()
        begun &= Q(started_at__lt=wanted.until) if wanted.until else Q()
        peaks = AlertedPeak.objects.filter(begun, group=OuterRef("pk"), is_current=True)
        groups = groups.filter(Exists(peaks))
    return groups


def _with_marks(groups: QuerySet[AlertGroup]) -> QuerySet[Any]:
    mine = Notification.objects.filter(group=OuterRef("pk"))
    return groups.annotate(
        is_unread=Exists(mine.filter(read_at__isnull=True)),
        is_unacknowledged=Exists(mine.filter(acknowledged_at__isnull=True)),
        has_more_alerts=Exists(mine.filter(seq__lt=OuterRef("last_seq"))),
    )


def _make_cards(groups: "Sequence[Any] | QuerySet[Any]", user: User, now: datetime) -> list[Card]:
    groups = list(groups)
    facts = get_facts([group.pk for group in groups])
    newest = get_notifications(user=user).select_related("peak__sensor__state")
    wanted = newest.filter(seq__in=[group.last_seq for group in groups])
    alerts = {notification.seq: notification for notification in wanted}
    return [
        Card(
            group,
            as_alert(alerts[group.last_seq], now=now),
            facts.get(group.pk),
            is_unread=group.is_unread,
            is_acknowledged=not group.is_unacknowledged,
            has_more_alerts=group.has_more_alerts,
        )
        for group in groups
    ]


def _goes_on(peak: Peak, now: datetime) -> bool:
    """Whether the sensor's newest reading still belongs to the peak, and came lately."""
    newest_at = peak.sensor.state.measured_at
    return (
        peak.superseded_at is None
        and newest_at == peak.ended_at
        and now - newest_at <= GOES_ON_WITHIN
    )
