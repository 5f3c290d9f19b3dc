"""``manage.py simulate_sensor``: ``python -m sensor_sim`` with the platform's broker."""

import os
from argparse import ArgumentParser, Namespace
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from sensor_sim.broker import checked_broker_url
from sensor_sim.cli import run_plan
from sensor_sim.destination import choose_destination
from sensor_sim.http_publisher import Refused
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
            make_publisher = choose_destination(
                Namespace(**options), os.environ, default_broker_url=_platforms_broker
            )
            plan = make_plan(Namespace(**options), clock=utc_now)
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from None
        try:
            closing_line = run_plan(plan, make_publisher, show_progress=not options["no_progress"])
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(closing_line)


def _platforms_broker() -> str:
    return checked_broker_url(settings.BROKER_URL, source="the broker's URL")
