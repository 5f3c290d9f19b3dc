"""What the fleet page shows, each part by one query that stays short however large the fleet."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet, Sum

from monitoring.models import (
    AlertEmail,
    Peak,
    QuarantinedReading,
    QuarantineTally,
    ReadingImport,
    RegisterFall,
)

#: Nothing is counted any further: "more than 10,000" is all that anybody needs to know.
MAX_COUNTED = 10_000
ROWS_SHOWN = 5


class ReasonCount(NamedTuple):
    """How many quarantine entries wait for one reason; above ``MAX_COUNTED`` it may be more."""

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


_WAITING = f"""
    SELECT wanted.reason, (
        SELECT count(*) FROM (
            SELECT FROM monitoring_quarantinedreading entry
            WHERE entry.reason = wanted.reason AND entry.decision = ''
            LIMIT {MAX_COUNTED + 1}
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
            None if row["sensor_uuid"] == QuarantineTally.ANY_SENSOR else row["sensor_uuid"],
            row["total"],
        )
        for row in newest
    ]


def get_newest_peaks() -> list[Peak]:
    """The newest peaks that still hold, each with sensor, device and owner."""
    peaks = Peak.objects.filter(superseded_at__isnull=True)
    return list(
        peaks.select_related("sensor__device__owner").order_by("-started_at", "-pk")[:ROWS_SHOWN]
    )


def count_register_falls() -> int:
    """Register falls that still hold and that an administrator must explain."""
    return _falls_that_wait()[: MAX_COUNTED + 1].count()


def get_register_falls() -> list[RegisterFall]:
    """The newest of them, each with sensor, device and owner."""
    falls = _falls_that_wait().select_related("sensor__device__owner")
    return list(falls.order_by("-pk")[:ROWS_SHOWN])


def _falls_that_wait() -> QuerySet[RegisterFall]:
    return RegisterFall.objects.filter(
        superseded_at__isnull=True, decision=RegisterFall.Decision.UNDECIDED
    )


def get_imports() -> list[ReadingImport]:
    """The newest imports of past readings."""
    return list(ReadingImport.objects.select_related("user").order_by("-pk")[:ROWS_SHOWN])


def get_email_trouble() -> EmailTrouble:
    """How the emails of alerts fare."""
    states = AlertEmail.State
    waiting = AlertEmail.objects.filter(state=states.WAITING)[: MAX_COUNTED + 1].count()
    in_trouble = AlertEmail.objects.filter(state__in=[states.UNKNOWN, states.FAILED])
    newest = in_trouble.select_related("user").order_by("-created_at")[:ROWS_SHOWN]
    return EmailTrouble(waiting, list(newest))
