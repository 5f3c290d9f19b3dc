"""A group of alerts: its peaks, a page after the other, and what was likely their cause."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from accounts.models import User
from monitoring.figures.causes import explain
from monitoring.models import AlertedPeak, AlertGroup
from monitoring.notifications.groups import get_peaks_of
from monitoring.pages.alert_list import Card, make_card
from monitoring.pages.peak_lists import ListedPeak, list_peaks
from monitoring.rules.causes import Explanation

PEAKS_A_PAGE = 50


@dataclass(frozen=True)
class GroupPage:
    """A page of a group's peaks, newest first, and from where the next one goes on."""

    card: Card
    peaks: list[ListedPeak]
    next_before: datetime | None
    explanation: Explanation | None


def get_group_page(
    *, user: User, group: AlertGroup, before: datetime | None, now: datetime
) -> GroupPage:
    """The peaks that began ``before``, else the newest. Those of a device given away are hidden."""
    card = make_card(group, user=user, now=now)
    listed = get_peaks_of(group)
    if before is not None:
        listed = listed.filter(started_at__lt=before)
    rows: list[AlertedPeak] = list(listed[: PEAKS_A_PAGE + 1])
    shown, more = rows[:PEAKS_A_PAGE], rows[PEAKS_A_PAGE:]
    zone = ZoneInfo(user.time_zone)
    return GroupPage(
        card,
        list_peaks([row.peak for row in shown], user=user),
        shown[-1].started_at if more else None,
        explain(group, card.facts, zone=zone) if card.facts and group.is_own else None,
    )
