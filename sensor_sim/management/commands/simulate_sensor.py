"""``manage.py simulate_sensor``: ``python -m sensor_sim`` with the platform's broker."""

import os
from argparse import ArgumentParser, Namespace
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from sensor_sim.broker import checked_broker_url, tls_options
from sensor_sim.cli import run_plan
from sensor_sim.options import DESCRIPTION, add_options
from sensor_sim.plan import make_plan
from sensor_sim.runner import utc_now


class Command(BaseCommand):
    """Simulates meters; needs the broker, but no database."""

    help = DESCRIPTION
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_options(parser, default_broker="the platform's BROKER_URL")

    def handle(self, **options: Any) -> None:
        try:
            broker_url = checked_broker_url(
                options["broker"] or settings.BROKER_URL, source="the broker's URL"
            )
            tls = tls_options(broker_url, os.environ)
            plan = make_plan(Namespace(**options), clock=utc_now)
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from None
        show_progress = not options["no_progress"]
        self.stdout.write(
            run_plan(plan, broker_url=broker_url, tls=tls, show_progress=show_progress)
        )
