"""What the groups of an inbox hold, looked up by index, however many peaks a group has."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import User
from monitoring.models import AlertedPeak, AlertGroup
from monitoring.rules.rounding import round_kw
from monitoring.rules.severity import Severity, rate
from monitoring.sql import array


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """A group's peaks that still hold: how many, from when until when, and the highest (kW)."""

    peak_count: int
    started_at: datetime
    ended_at: datetime
    power_kw: float
    limit_kw: float
    highest_started_at: datetime
    highest_ended_at: datetime

    @property
    def severity(self) -> Severity:
        """That of its highest peak."""
        return rate(
            self.power_kw, self.limit_kw, lasted=self.highest_ended_at - self.highest_started_at
        )


# Peaks of a sensor do not overlap: the one that begins last ends last.
_FACTS = """
    SELECT grouped.id, grouped.peak_count, first.started_at, last.ended_at, highest.power_kw,
           highest.limit_kw, highest.started_at, highest.ended_at
    FROM unnest(%s::bigint[]) AS wanted (id)
    JOIN monitoring_alertgroup grouped ON grouped.id = wanted.id
    CROSS JOIN LATERAL (
        SELECT started_at FROM monitoring_alertedpeak
        WHERE group_id = grouped.id AND is_current ORDER BY started_at LIMIT 1
    ) first
    CROSS JOIN LATERAL (
        SELECT peak_id FROM monitoring_alertedpeak
        WHERE group_id = grouped.id AND is_current ORDER BY started_at DESC LIMIT 1
    ) at_last
    JOIN monitoring_peak last ON last.id = at_last.peak_id
    CROSS JOIN LATERAL (
        SELECT peak_id FROM monitoring_alertedpeak
        WHERE group_id = grouped.id AND is_current ORDER BY power_kw DESC LIMIT 1
    ) at_most
    JOIN monitoring_peak highest ON highest.id = at_most.peak_id
"""


def get_facts(group_ids: Collection[int]) -> dict[int, GroupFacts]:
    """The facts of groups by id; a group of which no peak holds any more is missing."""
    if not group_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, [array(group_ids)])
        return {group_id: GroupFacts(*row) for group_id, *row in cursor.fetchall()}


class UnknownGroup(LookupError):
    """The user has no group with this id."""


def get_groups(*, user: User) -> QuerySet[AlertGroup]:
    """The user's groups, those with the newest notifications first, with sensor and device."""
    groups = AlertGroup.objects.filter(user=user).order_by("-last_seq")
    return groups.select_related("sensor__device")


def get_group(*, user: User, group_id: int) -> AlertGroup:
    """One of the user's groups. Raises ``UnknownGroup``."""
    group = get_groups(user=user).filter(pk=group_id).first()
    if group is None:
        raise UnknownGroup(group_id)
    return group


def get_peaks_of(group: AlertGroup) -> QuerySet[AlertedPeak]:
    """The group's peaks that still hold, newest first, each with its peak."""
    return (
        group.alerted_peaks.filter(is_current=True).select_related("peak").order_by("-started_at")
    )


def as_group(group: AlertGroup, facts: GroupFacts | None) -> dict[str, Any]:
    """``as_facts`` for JSON: times in ISO 8601, UTC."""
    told = as_facts(group, facts)
    for name in ("started_at", "ended_at"):
        told[name] = told[name] and told[name].isoformat()
    return told


def as_facts(group: AlertGroup, facts: GroupFacts | None) -> dict[str, Any]:
    """What messages and API tell of a group (kW); None where no peak holds any more."""
    return {
        "id": group.pk,
        "url": reverse("alert-group", args=[group.pk]),
        "is_older": group.kind == AlertGroup.Kind.OLDER,
        "peak_count": group.peak_count,
        "started_at": facts and facts.started_at,
        "ended_at": facts and facts.ended_at,
        "power_kw": facts and round_kw(facts.power_kw),
        "limit_kw": facts and round_kw(facts.limit_kw),
        "severity": facts and facts.severity.value,
    }
