"""What Celery's workers do beside taking readings."""

import logging

from celery import shared_task
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from monitoring.fleet import rate
from monitoring.history import summing
from monitoring.notifications.emails import planning, sending

logger = logging.getLogger(__name__)


@shared_task
def sum_intervals() -> None:
    """Quarter hours in step with the readings."""
    summing.sum_intervals(max_gap=settings.HISTORY_MAX_GAP, now=timezone.now())


@shared_task(
    autoretry_for=(OperationalError, InterfaceError), retry_backoff=True, retry_jitter=True
)
def send_emails() -> None:
    """Writes and sends the emails of alerts that are due. Running twice at a time does no harm."""
    planned = planning.plan_emails(now=timezone.now())
    sent = sending.send_emails(clock=timezone.now)
    if planned or sent:
        logger.info("Alert emails: %d planned, %d sent.", planned, sent)


@shared_task
def count_readings() -> None:
    """Notes how many readings have come, for the fleet page."""
    rate.count_readings(now=timezone.now())
