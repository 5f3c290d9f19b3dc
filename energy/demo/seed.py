"""Makes the demo's people, devices and past readings; adds only what is missing."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

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
from monitoring.ingest.store import store_batch
from monitoring.models import Notification, SensorState
from monitoring.rules.instants import to_us
from monitoring.rules.wire import Reading
from sensor_sim.meter import Meter, past_readings
from sensor_sim.peaks import Peaks

HISTORY = timedelta(days=14)
INTERVAL = timedelta(minutes=5)
PAST_PEAK_EVERY = timedelta(days=2, hours=7)
BATCH = 5000


def seed_demo(*, now: datetime) -> None:
    """Makes what is missing, and stores readings from the newest stored one up to ``now``.

    History begins two weeks back; it is stored by the same code as what the meters send.
    """
    with transaction.atomic():
        sensors = list(_make_people())
    is_first = not SensorState.objects.filter(sensor__in=sensors).exists()
    readings = (reading for sensor in sensors for reading in _missing_readings(sensor, now))
    while batch := list(islice(readings, BATCH)):
        store_batch(batch, now=now)
    if is_first:  # two weeks of old peaks are no news
        Notification.objects.update(read_at=now)


def make_meter(uuid: UUID, *, interval: timedelta, peaks: Peaks | None) -> Meter:
    """A simulated meter that goes on where the sensor's stored readings end."""
    client, _, spec, _ = next(row for row in all_meters() if row[3] == uuid)
    state = SensorState.objects.filter(sensor__uuid=uuid, measured_at__isnull=False).first()
    return Meter(
        uuid,
        mean_kwh_per_day=spec.mean_kwh_per_day,
        timezone=ZoneInfo(client.time_zone),
        interval=interval,
        peaks=peaks,
        register_kwh=state.energy_kwh if state else None,
        register_at=state.measured_at if state else None,
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
        uuid=uuid,
        device=device,
        description=meter.description,
        max_power_kw=meter.max_power_kw,
    )


def _missing_readings(sensor: Sensor, now: datetime) -> Iterable[Reading]:
    """Five-minute readings from the newest stored one, or two weeks back, up to ``now``."""
    newest = SensorState.objects.filter(sensor=sensor).values_list("measured_at", flat=True)
    start = max([now - HISTORY, *(at + INTERVAL for at in newest if at)])
    peaks = Peaks(every=PAST_PEAK_EVERY, power_kw=float(sensor.max_power_kw) * 1.2)
    meter = make_meter(sensor.uuid, interval=INTERVAL, peaks=peaks)
    for measured_at, energy_kwh in past_readings(meter, start, now, INTERVAL):
        yield Reading(str(sensor.uuid), to_us(measured_at), energy_kwh)
