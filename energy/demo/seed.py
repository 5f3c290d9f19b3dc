"""Makes the demo's people, devices and past readings; adds only what is missing."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from heapq import merge
from operator import attrgetter
from uuid import UUID

import numpy as np
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
from energy.demo.past import (
    HISTORY,
    INTERVAL,
    OLD_INTERVAL,
    get_newest,
    list_events,
    make_past,
)
from energy.demo.story import Seen
from monitoring.exchange.months import MonthMaker
from monitoring.history.summing import sum_intervals
from monitoring.ingest.states import SensorKeys
from monitoring.ingest.store import store_batch
from monitoring.models import Notification, SensorState
from monitoring.notifications.outbox import acknowledge, mark_one_read
from monitoring.rules.instants import from_us, to_us
from monitoring.rules.readings import Reading, Readings
from sensor_sim.meter import Reading as MeterReading

#: Readings that are stored together.
BATCH = 20_000
#: How long after a peak its client has seen the alert.
SEEN_AFTER = timedelta(minutes=25)
ALWAYS_US = 2**62


def seed_demo(
    *,
    now: datetime,
    upcoming: Mapping[UUID, MeterReading] | None = None,
    history: timedelta = HISTORY,
    report: Callable[[str], object] = lambda line: None,
) -> None:
    """Makes what is missing, and stores the past by the same code as what the meters send.

    The past reaches from the newest stored reading, or ``history`` back, up to ``now``. Where
    ``upcoming`` tells what a meter will publish next, its past is made to end with that register,
    once: nothing falls, nothing jumps. ``report`` is told what takes longer than a moment.
    """
    with transaction.atomic():
        sensors = list(_make_people())
    is_first = not SensorState.objects.filter(sensor__in=sensors).exists()
    if is_first:
        report(f"Making {history.days} days of past readings ...")
    # In the order of time, as they would have come: so are the alerts numbered.
    pasts = [_make_past(sensor.uuid, now, history, upcoming) for sensor in sensors]
    readings = merge(*pasts, key=attrgetter("measured_at_us"))
    _store(readings, _list_told_us(now - history, now), now)
    sum_intervals(max_gap=settings.HISTORY_MAX_GAP, now=now)  # the first page has all of it
    if is_first:
        _mark_seen(now - history, now)


def _make_past(
    uuid: UUID,
    now: datetime,
    history: timedelta,
    upcoming: Mapping[UUID, MeterReading] | None,
) -> Iterator[Reading]:
    newest = get_newest(uuid)
    if upcoming is not None and (newest or uuid not in upcoming):
        return iter(())  # it has a past, or none of ours
    through = upcoming[uuid] if upcoming else newest
    end = through.measured_at if upcoming and through else now
    start = max(end - history, newest.measured_at + INTERVAL) if newest else end - history
    return make_past(uuid, start=start, end=end, through=through)


def _store(readings: Iterable[Reading], cuts_us: Iterable[int], now: datetime) -> None:
    """Stores readings in the order of time, each batch as of the moment at which it ends."""
    keys, months = SensorKeys(), MonthMaker()
    for batch in _batches(readings, cuts_us):
        first_us, last_us = batch[0].measured_at_us, batch[-1].measured_at_us
        months.make(np.array([first_us, last_us]))
        store_batch(Readings.of(batch), now=min(from_us(last_us), now), keys=keys)


def _batches(readings: Iterable[Reading], cuts_us: Iterable[int]) -> Iterator[list[Reading]]:
    """At most ``BATCH`` readings each, none across one of the instants ``cuts_us``."""
    cuts = iter(sorted(cuts_us))
    cut_us = next(cuts, ALWAYS_US)
    batch: list[Reading] = []
    for reading in readings:
        if batch and (len(batch) == BATCH or reading.measured_at_us > cut_us):
            yield batch
            batch = []
        while reading.measured_at_us > cut_us:
            cut_us = next(cuts, ALWAYS_US)
        batch.append(reading)
    if batch:
        yield batch


def _list_told_us(start: datetime, end: datetime) -> Iterator[int]:
    """When the clients heard of the events: with the first reading that shows each."""
    for _, _, _, uuid in all_meters():
        for _, surge in list_events(uuid, start=start, end=end):
            yield to_us(surge.starts_at + OLD_INTERVAL)


def _mark_seen(start: datetime, end: datetime) -> None:
    """Lets the clients have seen the alerts of the events, as the story tells."""
    for client, _, _, uuid in all_meters():
        user = User.objects.get(email=client.email)
        told = Notification.objects.filter(user=user, peak__sensor__uuid=uuid)
        for event, surge in list_events(uuid, start=start, end=end):
            notification = told.filter(peak__started_at=surge.starts_at).first()
            if notification and event.seen is not Seen.NOT_YET:
                see = acknowledge if event.seen is Seen.ACKNOWLEDGED else mark_one_read
                see(user=user, seq=notification.seq, now=notification.created_at + SEEN_AFTER)


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
        client.email,
        PASSWORD,
        name=client.name,
        language=client.language,
        time_zone=client.time_zone,
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
