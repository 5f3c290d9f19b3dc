"""The platform's settings, but sums are made every second: nobody waits for half a minute."""

from energy.settings import *  # noqa: F403
from energy.settings import CELERY_BEAT_SCHEDULE

CELERY_BEAT_SCHEDULE["monitoring.tasks.sum_intervals"]["schedule"] = 1
