"""Deletes rows that have been kept for as long as the settings say, some at a time.

docs/operations.md lists each table that grows, and what bounds it.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Model, Q, QuerySet

from monitoring.metrics import rows_forgotten
from monitoring.models import (
    AlertEmail,
    AlertGroup,
    Exceedance,
    QuarantinedReading,
    QuarantineTally,
    ReadingImport,
)
from monitoring.stopping import is_stopping
from monitoring.turns import try_turn

#: Ended emails: the others are still to be sent, or being sent.
ENDED = [
    AlertEmail.State.SENT,
    AlertEmail.State.UNKNOWN,
    AlertEmail.State.FAILED,
    AlertEmail.State.NEEDLESS,
]


class Old(NamedTuple):
    """Rows that may go, and how many of them a transaction deletes."""

    find: Callable[[datetime], QuerySet[Any]]
    at_once: int = 1_000


def _before(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


def _oldest(model: type[Model], count: int) -> QuerySet[Any]:
    """The rows with the lowest keys, which are the oldest: no index by time is needed."""
    rows = model._default_manager.order_by("pk")
    return model._default_manager.filter(pk__in=rows.values("pk")[:count])


def _find_quarantine(now: datetime) -> QuerySet[Any]:
    decided = Q(received_at__lt=_before(now, settings.QUARANTINE_KEPT_DAYS)) & ~Q(decision="")
    any_old = Q(received_at__lt=_before(now, settings.QUARANTINE_WAITING_KEPT_DAYS))
    return QuarantinedReading.objects.filter(decided | any_old).order_by("received_at")


def _find_tallies(now: datetime) -> QuerySet[Any]:
    first_kept = _before(now, settings.QUARANTINE_WAITING_KEPT_DAYS).date()
    return QuarantineTally.objects.filter(day__lt=first_kept).order_by("day")


def _find_groups(now: datetime) -> QuerySet[Any]:
    # With its notifications. Numbers are counted in the inbox, so none is ever given again.
    return _oldest(AlertGroup, 50).filter(told_at__lt=_before(now, settings.ALERTS_KEPT_DAYS))


def _find_emails(now: datetime) -> QuerySet[Any]:
    old = _oldest(AlertEmail, 1_000).filter(state__in=ENDED)
    return old.filter(created_at__lt=_before(now, settings.ALERT_EMAILS_KEPT_DAYS))


def _find_imports(now: datetime) -> QuerySet[Any]:
    # With its rejected rows; its content went when it was done.
    old = _oldest(ReadingImport, 20)
    return old.filter(finished_at__lt=_before(now, settings.IMPORTS_KEPT_DAYS))


def _find_superseded(now: datetime) -> QuerySet[Any]:
    superseded = Exceedance.objects.filter(
        superseded_at__lt=_before(now, settings.SUPERSEDED_KEPT_DAYS)
    )
    return superseded.order_by("superseded_at")


def _find_logins(model: type[Model]) -> Callable[[datetime], QuerySet[Any]]:
    def find(now: datetime) -> QuerySet[Any]:
        return _oldest(model, 1_000).filter(
            attempt_time__lt=_before(now, settings.LOGINS_KEPT_DAYS)
        )

    return find


OLD = {
    "sessions": Old(lambda now: Session.objects.filter(expire_date__lt=now)),
    "quarantine": Old(_find_quarantine),
    "quarantine_tallies": Old(_find_tallies),
    "alerts": Old(_find_groups, at_once=50),
    "alert_emails": Old(_find_emails),
    "imports": Old(_find_imports, at_once=20),
    "superseded_exceedances": Old(_find_superseded),
    "failed_logins": Old(_find_logins(AccessAttempt)),
    "logins": Old(_find_logins(AccessLog)),
    "failures_of_logins": Old(_find_logins(AccessFailureLog)),
}


def forget_old_rows(*, now: datetime, within_s: float) -> dict[str, int]:
    """Deletes what is old, each table in turn, for about ``within_s``. Returns how many of each.

    What is left is for the next call. If another process is at it, it has the turn.
    """
    forgotten = dict.fromkeys(OLD, 0)
    end_s = time.monotonic() + within_s
    left = list(OLD)
    while left and time.monotonic() < end_s and not is_stopping():
        left = [name for name in left if _forget_some(name, now, forgotten)]
    return forgotten


def _forget_some(name: str, now: datetime, forgotten: dict[str, int]) -> bool:
    """Deletes some of one kind. Returns whether there may be more."""
    find, at_once = OLD[name]
    with transaction.atomic():
        if not try_turn("forget_old_rows"):
            return False
        old = find(now)
        keys = list(old.values_list("pk", flat=True)[:at_once])
        old.model._default_manager.filter(pk__in=keys).delete()
    forgotten[name] += len(keys)
    rows_forgotten(kind=name, count=len(keys))
    return len(keys) == at_once
