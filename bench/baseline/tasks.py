"""A Celery task a reading, run by Celery's own pool of processes."""

import os
from typing import Any

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.baseline.settings")

app = Celery("baseline", broker=os.environ["BROKER_URL"])
app.conf.task_ignore_result = True


@app.task(name="baseline.store_reading")
def store(message: dict[str, Any]) -> None:
    from bench.baseline.storing import store_reading

    store_reading(message)
