"""The worker's part of an upload."""

from celery import shared_task
from django.db import Error

from monitoring.exchange.uploads import run_import


@shared_task(
    name="monitoring.import_readings",
    autoretry_for=(Error,),
    retry_backoff=5,
    retry_backoff_max=600,
    max_retries=None,
)
def import_upload(import_id: int) -> None:
    """Imports an uploaded file; while the database is away, again and again."""
    run_import(import_id)
