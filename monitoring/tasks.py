"""What runs on a schedule (``CELERY_BEAT_SCHEDULE``), in any of the workers.

Each worker schedules for itself, so a task may run more often than its schedule says, and twice at
once: it must be harmless then.
"""

import logging

from celery import shared_task
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from monitoring import forgetting, peaks
from monitoring.figures.causes import explain_peak
from monitoring.fleet import rate
from monitoring.history import summing
from monitoring.notifications.emails import planning, sending
from monitoring.partitions import keeping
from monitoring.turns import long_turn

logger = logging.getLogger(__name__)

#: Of the time, while there is something to sum: storing what the meters send goes first.
SUMMING_SHARE = 0.5
#: Seconds of a run; the rest is for the next one.
FORGET_WITHIN_S = 30


@shared_task
def keep_partitions() -> None:
    """Partitions of readings: months ahead, the default partition empty, old months dropped."""
    keeping.keep_partitions(kept_months=settings.READINGS_KEPT_MONTHS, now=timezone.now())


@shared_task
def sum_intervals() -> None:
    """Quarter hours in step with the readings."""
    # Of the whole pass: else another one would work while this one rests.
    with long_turn("a pass of sum_intervals") as is_ours:
        if is_ours:
            summing.sum_intervals(
                max_gap=settings.HISTORY_MAX_GAP, now=timezone.now(), share=SUMMING_SHARE
            )


@shared_task
def measure_peaks() -> None:
    """The highest powers of long peaks that late readings have split."""
    peaks.measure_peaks()


@shared_task(
    autoretry_for=(OperationalError, InterfaceError), retry_backoff=True, retry_jitter=True
)
def send_emails() -> None:
    """Writes and sends the emails of alerts that are due. Running twice at a time does no harm."""
    planned = planning.plan_emails(now=timezone.now())
    sent = sending.send_emails(clock=timezone.now, explain=explain_peak)
    if planned or sent:
        logger.info("Alert emails: %d planned, %d sent.", planned, sent)


@shared_task
def count_readings() -> None:
    """Notes how many readings have come, for the fleet page."""
    rate.count_readings(now=timezone.now())


@shared_task
def forget_old_rows() -> None:
    """Deletes what has been kept long enough: sessions, quarantine, alerts, imports and more."""
    forgotten = forgetting.forget_old_rows(now=timezone.now(), within_s=FORGET_WITHIN_S)
    if any(forgotten.values()):
        logger.info("Old rows deleted: %s.", {k: v for k, v in forgotten.items() if v})
