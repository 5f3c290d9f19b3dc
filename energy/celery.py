"""The Celery application. Its worker also takes readings, keeps the schedule, serves metrics."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "energy.settings")

app = Celery("energy")
app.set_default()  # in every thread, for those that send tasks
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["monitoring.exchange"])
app.steps["worker"].add("monitoring.ingest.step:IngestionStep")
app.steps["worker"].add("energy.metrics.worker:MetricsStep")
app.steps["worker"].add("energy.schedule:ScheduleStep")
app.steps["worker"].add("monitoring.stopping:StoppingStep")


@setup_logging.connect
def keep_djangos_logging(**kwargs: Any) -> None:
    """A receiver of this signal keeps Celery from setting levels and handlers of its own."""
