"""The inbox: which alerts a page of it holds, and what is said of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import QuerySet

from accounts.models import User
from devices.models import Device
from monitoring.models import Notification, Peak
from monitoring.notifications.outbox import get_notifications

ALERTS_A_PAGE = 25
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
class AlertPage:
    """A page of the inbox, newest first, and whether there is more on either side."""

    alerts: list[Alert]
    has_newer: bool
    has_older: bool


def get_alert_page(*, user: User, wanted: AlertFilter, place: Place, now: datetime) -> AlertPage:
    """A page of the user's alerts. Nothing is counted: each page takes one query."""
    alerts = _matching(user, wanted)
    if place.after_seq is not None:
        rows = list(alerts.filter(seq__gt=place.after_seq).order_by("seq")[: ALERTS_A_PAGE + 1])
        page = rows[:ALERTS_A_PAGE][::-1]
        return AlertPage(_as_alerts(page, now), len(rows) > ALERTS_A_PAGE, has_older=True)
    if place.before_seq is not None:
        alerts = alerts.filter(seq__lt=place.before_seq)
    rows = list(alerts[: ALERTS_A_PAGE + 1])
    return AlertPage(
        _as_alerts(rows[:ALERTS_A_PAGE], now),
        has_newer=place.before_seq is not None,
        has_older=len(rows) > ALERTS_A_PAGE,
    )


def mark_listed_read(*, user: User, wanted: AlertFilter, up_to_seq: int, now: datetime) -> None:
    """Marks read what the filter leaves of the user's alerts, up to the newest that was shown."""
    listed = _matching(user, wanted).filter(read_at__isnull=True, seq__lte=up_to_seq)
    listed.update(read_at=now)


def as_alert(notification: Notification, *, now: datetime) -> Alert:
    """The alert of a notification whose sensor's state is loaded."""
    return Alert(notification, goes_on=_goes_on(notification.peak, now))


def _matching(user: User, wanted: AlertFilter) -> QuerySet[Notification]:
    alerts = get_notifications(user=user).select_related("peak__sensor__state")
    if wanted.show == UNREAD:
        alerts = alerts.filter(read_at__isnull=True)
    if wanted.show == UNACKNOWLEDGED:
        alerts = alerts.filter(acknowledged_at__isnull=True)
    if wanted.device:
        alerts = alerts.filter(peak__sensor__device=wanted.device)
    if wanted.since:
        alerts = alerts.filter(peak__started_at__gte=wanted.since)
    if wanted.until:
        alerts = alerts.filter(peak__started_at__lt=wanted.until)
    return alerts


def _as_alerts(notifications: Sequence[Notification], now: datetime) -> list[Alert]:
    return [as_alert(notification, now=now) for notification in notifications]


def _goes_on(peak: Peak, now: datetime) -> bool:
    """Whether the sensor's newest reading still belongs to the peak, and came lately."""
    newest_at = peak.sensor.state.measured_at
    return (
        peak.superseded_at is None
        and newest_at == peak.ended_at
        and now - newest_at <= GOES_ON_WITHIN
    )
