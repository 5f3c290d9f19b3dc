"""What runs on a schedule (``CELERY_BEAT_SCHEDULE``), in any of the workers.

Each worker schedules for itself, so a task may run more often than its schedule says, and twice at
once: it must be harmless then.
"""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from monitoring.history import summing
from monitoring.partitions import keeping


@shared_task
def keep_partitions() -> None:
    """Partitions of readings: months ahead, the default partition empty, old months dropped."""
    keeping.keep_partitions(kept_months=settings.READINGS_KEPT_MONTHS, now=timezone.now())


@shared_task
def sum_intervals() -> None:
    """Quarter hours in step with the readings."""
    summing.sum_intervals(max_gap=settings.HISTORY_MAX_GAP, now=timezone.now())
