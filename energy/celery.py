"""The Celery application. Its worker also takes the meters' readings from the broker."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "energy.settings")

app = Celery("energy")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
