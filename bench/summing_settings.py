"""Production's settings, but quarter hours are summed as often as ``BENCH_SUM_EVERY_S`` says.

0: never. More often than in production, a run of some seconds has the share of summing that a
worker has that runs for ever.
"""

import os

from energy.settings import *  # noqa: F403
from energy.settings import CELERY_BEAT_SCHEDULE

_TASK = "monitoring.tasks.sum_intervals"
_every_s = float(os.environ["BENCH_SUM_EVERY_S"])
_others = {name: entry for name, entry in CELERY_BEAT_SCHEDULE.items() if entry["task"] != _TASK}
_summing = {"task": _TASK, "schedule": _every_s, "options": {"expires": _every_s}}

CELERY_BEAT_SCHEDULE = {**_others, **({"summing": _summing} if _every_s else {})}
