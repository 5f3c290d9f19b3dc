"""Makes the demo's people, devices and past readings; adds only what is missing."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from accounts.models import User
from devices.models import Device, Sensor
from energy.demo.household import (
    ADMINISTRATOR,
    CLIENTS,
    PASSWORD,
    DemoClient,
    DemoDevice,
    DemoMeter,
    all_meters,
)
from monitoring.history.summing import sum_intervals
from monitoring.ingest.store import store_batch
from monitoring.models import Notification, SensorState
from monitoring.rules.instants import from_us, to_us
from monitoring.rules.readings import Reading, Readings
from sensor_sim.meter import Meter
from sensor_sim.meter import Reading as MeterReading
from sensor_sim.peaks import Peaks

HISTORY = timedelta(days=14)
INTERVAL = timedelta(minutes=5)
PAST_PEAK_EVERY = timedelta(days=2, hours=7)
#: Of six meters, less than a day: a client hears of a peak before it is old.
BATCH = 1500


def seed_demo(*, now: datetime, upcoming: Mapping[UUID, MeterReading] | None = None) -> None:
    """Makes what is missing, and stores the past by the same code as what the meters send.

    The past reaches from the newest stored reading, or two weeks back, up to ``now``. Where
    ``upcoming`` tells what a meter will publish next, its past is made to end with that register,
    once: nothing falls, nothing jumps.
    """
    with transaction.atomic():
        sensors = list(_make_people())
    is_first = not SensorState.objects.filter(sensor__in=sensors).exists()
    # In the order of time, as they would have come: so are the alerts numbered.
    pasts = [_make_past(sensor, now, upcoming) for sensor in sensors]
    readings = merge(*pasts, key=lambda reading: reading.measured_at_us)
    while batch := list(islice(readings, BATCH)):
        store_batch(Readings.of(batch), now=min(from_us(batch[-1].measured_at_us), now))
    sum_intervals(max_gap=settings.HISTORY_MAX_GAP, now=now)  # the first page has all of it
    if is_first:  # two weeks of old peaks are no news
        Notification.objects.update(read_at=now)


def get_newest(uuid: UUID) -> MeterReading | None:
    """The sensor's newest stored reading, if any."""
    state = SensorState.objects.filter(sensor__uuid=uuid, measured_at__isnull=False).first()
    if state is None or state.measured_at is None or state.energy_kwh is None:
        return None
    return MeterReading(state.measured_at, uuid, state.energy_kwh)


def make_meter(
    uuid: UUID, *, interval: timedelta, peaks: Peaks | None, through: MeterReading | None
) -> Meter:
    """A simulated meter of the demo whose register passes ``through`` a known reading."""
    client, _, spec, _ = next(row for row in all_meters() if row[3] == uuid)
    return Meter(
        uuid,
        mean_kwh_per_day=spec.mean_kwh_per_day,
        timezone=ZoneInfo(client.time_zone),
        interval=interval,
        peaks=peaks,
        register_kwh=through.register_kwh if through else None,
        register_at=through.measured_at if through else None,
    )


def _make_people() -> Iterator[Sensor]:
    if not User.objects.filter(email=ADMINISTRATOR).exists():
        User.objects.create_superuser(ADMINISTRATOR, PASSWORD, name="Ada")
    owners = {client.email: _make_owner(client) for client in CLIENTS}
    for client, device, meter, uuid in all_meters():
        sensor = Sensor.objects.filter(uuid=uuid).first()
        yield sensor or _make_sensor(owners[client.email], device, meter, uuid)


def _make_owner(client: DemoClient) -> User:
    owner = User.objects.filter(email=client.email).first()
    return owner or User.objects.create_user(
        client.email, PASSWORD, name=client.name, time_zone=client.time_zone
    )


def _make_sensor(owner: User, spec: DemoDevice, meter: DemoMeter, uuid: UUID) -> Sensor:
    device, _ = Device.objects.get_or_create(
        owner=owner,
        description=spec.description,
        defaults={
            "address": spec.address,
            "max_hourly_consumption_kwh": spec.max_hourly_consumption_kwh,
        },
    )
    return Sensor.objects.create(
        uuid=uuid, device=device, description=meter.description, max_power_kw=meter.max_power_kw
    )


def _make_past(
    sensor: Sensor, now: datetime, upcoming: Mapping[UUID, MeterReading] | None
) -> Iterator[Reading]:
    newest = get_newest(sensor.uuid)
    if upcoming is not None and (newest or sensor.uuid not in upcoming):
        return  # it has a past, or none of ours
    through = upcoming[sensor.uuid] if upcoming else newest
    end = through.measured_at if upcoming and through else now
    start = max(end - HISTORY, newest.measured_at + INTERVAL) if newest else end - HISTORY
    peaks = Peaks(every=PAST_PEAK_EVERY, power_kw=float(sensor.max_power_kw) * 1.2)
    meter = make_meter(sensor.uuid, interval=INTERVAL, peaks=peaks, through=through)
    # At the meter's own times: a spike that begins between two readings is halved, and no peak.
    for reading in meter.readings(start, until=end):
        yield Reading(str(sensor.uuid), to_us(reading.measured_at), reading.register_kwh)
