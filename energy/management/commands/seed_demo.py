"""``manage.py seed_demo``: people, devices and sensors to try the platform with, and their past."""

from argparse import ArgumentParser, Namespace
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from energy.demo.seed import seed_demo
from sensor_sim.options import add_options
from sensor_sim.plan import make_plan


class Command(BaseCommand):
    """Adds what is missing. Without options it is what ``make demo`` starts with.

    With the options of a ``python -m sensor_sim`` that will go on from there, the past of each of
    its sensors ends with the register that it will publish next.
    """

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_options(parser, default_broker="not used")

        parser.add_argument(
            "--allow-https",
            action="store_true",
            help="also on a platform that is served over HTTPS, where everybody may know the"
            " demo's passwords",
        )

    def handle(self, **options: Any) -> None:
        if settings.SECURE_SSL_REDIRECT and not options["allow_https"]:
            raise CommandError(
                "This makes an administrator with the password of the demo, and the platform is"
                " set up for others (HTTPS=true). If that is what you want: --allow-https."
            )
        now = timezone.now()
        if not (options["sensor"] or options["sensors_file"] or options["fleet"]):
            seed_demo(now=now)
            return
        try:
            plan = make_plan(Namespace(**{**options, "count": 1}), clock=lambda: now)
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from None
        seed_demo(now=now, upcoming={reading.sensor_id: reading for reading in plan.readings})
