"""``manage.py seed_demo``: people, devices and sensors to try the platform with, and their past."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from devices.models import Sensor
from energy.demo import seed
from monitoring.ingest.store import store_batch
from monitoring.models import Notification, SensorState
from monitoring.rules.instants import to_us
from monitoring.rules.wire import Reading
from sensor_sim import Meter, Peaks, past_readings
from sensor_sim.meter import Reading as NextReading
from sensor_sim.options import add_options
from sensor_sim.plan import make_plan


class Command(BaseCommand):
    """Adds what is missing. Without options it is what ``make demo`` starts with.

    With the options of a ``python -m sensor_sim`` that will go on from there, the past of each of
    its sensors ends with the register that it will publish next: nothing falls, nothing jumps.
    """

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_options(parser, default_broker="not used")

    def handle(self, **options: Any) -> None:
        now = timezone.now()
        if not (options["sensor"] or options["sensors_file"] or options["fleet"]):
            seed.seed_demo(now=now)
            return
        try:
            plan = make_plan(Namespace(**{**options, "count": 1}), clock=lambda: now)
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from None
        _seed_until(list(plan.readings), now=now)


def _seed_until(next_readings: list[NextReading], *, now: datetime) -> None:
    with transaction.atomic():
        sensors = {sensor.uuid: sensor for sensor in seed._make_people()}
    seen = set(SensorState.objects.values_list("sensor__uuid", flat=True))
    readings = (
        past
        for following in next_readings
        if following.sensor_id in sensors and following.sensor_id not in seen
        for past in _past_of(sensors[following.sensor_id], following)
    )
    while batch := list(islice(readings, seed.BATCH)):
        store_batch(batch, now=now)
    if not seen:  # two weeks of old peaks are no news
        Notification.objects.update(read_at=now)


def _past_of(sensor: Sensor, following: NextReading) -> Iterator[Reading]:
    peaks = Peaks(every=seed.PAST_PEAK_EVERY, power_kw=float(sensor.max_power_kw) * 1.2)
    meter = Meter(
        sensor.uuid,
        interval=seed.INTERVAL,
        peaks=peaks,
        register_kwh=following.register_kwh,
        register_at=following.measured_at,
    )
    end = following.measured_at
    for measured_at, energy_kwh in past_readings(meter, end - seed.HISTORY, end, seed.INTERVAL):
        yield Reading(str(sensor.uuid), to_us(measured_at), energy_kwh)
