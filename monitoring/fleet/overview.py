"""What the fleet page shows, each part by one query that stays short however large the fleet."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from devices.models import Sensor
from monitoring.ingest.quarantine import ALL
from monitoring.models import (
    AlertEmail,
    Peak,
    QuarantinedReading,
    QuarantineTally,
    RegisterFall,
)

SILENT_AFTER = timedelta(hours=1)
#: Nothing is counted any further: "10,000 or more" is all that anybody needs to know.
MAX_COUNTED = 10_000
ROWS_SHOWN = 10


class Meters(NamedTuple):
    """Active sensors by what was last heard of them."""

    live: int
    silent: int
    never_seen: int


class ReasonCount(NamedTuple):
    """How many quarantine entries wait, for one reason; ``MAX_COUNTED`` may be more."""

    reason: str
    label: str
    waiting: int


class BeyondCaps(NamedTuple):
    """How many rejections of a UTC day were counted and not kept; without a sensor, of any."""

    day: date
    label: str
    sensor_uuid: UUID | None
    total: int


@dataclass(frozen=True)
class EmailTrouble:
    """Emails of alerts: how many wait, and the newest of which nobody knows or that failed."""

    waiting: int
    newest: list[AlertEmail]


def get_meters(*, now: datetime) -> Meters:
    """Counts the active sensors. Reads each sensor's state, which has no index by time: that
    would make each batch dearer, and a hundred thousand states are read in moments."""
    is_live = Q(state__received_at__gte=now - SILENT_AFTER)
    is_seen = Q(state__received_at__isnull=False)
    counts = Sensor.objects.filter(is_active=True).aggregate(
        live=Count("pk", filter=is_live),
        seen=Count("pk", filter=is_seen),
        all=Count("pk"),
    )
    live, seen = counts["live"], counts["seen"]
    return Meters(live, seen - live, counts["all"] - seen)


_WAITING = f"""
    SELECT wanted.reason, (
        SELECT count(*) FROM (
            SELECT FROM monitoring_quarantinedreading entry
            WHERE entry.reason = wanted.reason AND entry.decision = ''
            LIMIT {MAX_COUNTED}
        ) counted
    )
    FROM unnest(%s::text[]) AS wanted (reason)
"""


def get_quarantine_counts() -> list[ReasonCount]:
    """What waits in quarantine by reason; reasons without any are left out."""
    reasons = QuarantinedReading.Reason
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [list(reasons.values)])
        counts = dict(cursor.fetchall())
    return [
        ReasonCount(reason.value, str(reason.label), counts[reason.value])
        for reason in reasons
        if counts[reason.value]
    ]


def get_quarantine(*, reason: str | None) -> list[QuarantinedReading]:
    """The newest entries that wait, of one reason or of all."""
    entries = QuarantinedReading.objects.filter(decision=QuarantinedReading.Decision.WAITING)
    if reason:
        entries = entries.filter(reason=reason)
    return list(entries.order_by("-received_at")[:ROWS_SHOWN])


def get_beyond() -> list[BeyondCaps]:
    """What was newest counted beyond the quarantine's caps, by day, reason and sensor."""
    counted = QuarantineTally.objects.filter(beyond__gt=0)
    by_sensor = counted.values("day", "reason", "sensor_uuid").annotate(total=Sum("beyond"))
    newest = by_sensor.order_by("-day", "-total", "sensor_uuid")[:ROWS_SHOWN]
    return [
        BeyondCaps(
            row["day"],
            str(QuarantinedReading.Reason(row["reason"]).label),
            None if str(row["sensor_uuid"]) == ALL else row["sensor_uuid"],
            row["total"],
        )
        for row in newest
    ]


def count_beyond() -> int:
    """How many rejections were only counted, of all that is remembered."""
    counted = QuarantineTally.objects.filter(beyond__gt=0)
    return int(counted.aggregate(total=Coalesce(Sum("beyond"), 0))["total"])


def get_newest_peaks() -> list[Peak]:
    """The newest peaks that still hold, each with sensor, device and owner."""
    peaks = Peak.objects.filter(superseded_at__isnull=True)
    return list(
        peaks.select_related("sensor__device__owner").order_by("-started_at", "-pk")[:ROWS_SHOWN]
    )


def count_register_falls() -> int:
    """Register falls that still hold and that an administrator must explain."""
    falls = RegisterFall.objects.filter(
        superseded_at__isnull=True, decision=RegisterFall.Decision.UNDECIDED
    )
    return falls[:MAX_COUNTED].count()


def get_email_trouble() -> EmailTrouble:
    """How the emails of alerts fare."""
    states = AlertEmail.State
    waiting = AlertEmail.objects.filter(state=states.WAITING)[:MAX_COUNTED].count()
    in_trouble = AlertEmail.objects.filter(state__in=[states.UNKNOWN, states.FAILED])
    newest = in_trouble.select_related("user").order_by("-created_at")[:ROWS_SHOWN]
    return EmailTrouble(waiting, list(newest))
