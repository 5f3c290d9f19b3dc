"""What runs on a schedule (``CELERY_BEAT_SCHEDULE``), in any of the workers."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from monitoring.history import summing


@shared_task
def sum_intervals() -> None:
    """Quarter hours in step with the readings."""
    summing.sum_intervals(max_gap=settings.HISTORY_MAX_GAP, now=timezone.now())
