"""``manage.py sum_intervals``: brings the stored quarter hours up to date now; ``--all`` anew."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from monitoring.history.summing import mark_everything, sum_intervals

TRY_AGAIN_S = 0.2


class Command(BaseCommand):
    """What the worker does every few seconds. Takes turns with it."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--all",
            action="store_true",
            help="Compute all quarter hours of which there are readings anew, for example after "
            "HISTORY_MAX_GAP_MINUTES was changed. What is known only from dropped readings stays.",
        )

    def handle(self, **options: Any) -> None:
        self._sum()
        sensor_id = mark_everything(after_sensor_id=0) if options["all"] else None
        while sensor_id is not None:
            self._sum()
            self.stdout.write(f"Computed anew up to sensor {sensor_id}.")
            sensor_id = mark_everything(after_sensor_id=sensor_id)

    def _sum(self) -> None:
        while not sum_intervals(max_gap=settings.HISTORY_MAX_GAP, now=timezone.now()):
            time.sleep(TRY_AGAIN_S)  # the worker has its turn
