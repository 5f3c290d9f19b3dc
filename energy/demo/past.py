"""What the demo's meters measured before the demo was started."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from energy.demo.household import DemoClient, DemoMeter, all_meters
from energy.demo.story import Event
from monitoring.models import SensorState
from monitoring.rules.instants import to_us
from monitoring.rules.readings import Reading
from sensor_sim.meter import Meter, past_readings
from sensor_sim.meter import Reading as MeterReading
from sensor_sim.profile import EPOCH, LoadSum
from sensor_sim.surges import Surge, SurgeLoad

#: Thirteen months, so that each month can be compared with the one of a year before.
HISTORY = timedelta(days=396)
#: The readings of the last weeks, and those before: as a meter is read more seldom for bills.
INTERVAL = timedelta(minutes=5)
RECENT = timedelta(days=14)
OLD_INTERVAL = timedelta(minutes=15)


def get_newest(uuid: UUID) -> MeterReading | None:
    """The sensor's newest stored reading, if any."""
    state = SensorState.objects.filter(sensor__uuid=uuid, measured_at__isnull=False).first()
    if state is None or state.measured_at is None or state.energy_kwh is None:
        return None
    return MeterReading(state.measured_at, uuid, state.energy_kwh)


def make_meter(
    uuid: UUID, *, interval: timedelta, surges: Iterable[Surge], through: MeterReading | None
) -> Meter:
    """A simulated meter of the demo whose register passes ``through`` a known reading."""
    client, spec = _find(uuid)
    return Meter(
        uuid,
        mean_kwh_per_day=sum(spec.kwh_per_day.values()),
        load=LoadSum((client.make_load(spec), SurgeLoad(surges))),
        interval=interval,
        register_kwh=through.register_kwh if through else None,
        register_at=through.measured_at if through else None,
    )


def make_past(
    uuid: UUID, *, start: datetime, end: datetime, through: MeterReading | None
) -> Iterator[Reading]:
    """A meter's readings in ``[start, end)``, of a register that passes ``through`` a known one.

    Without one, the meter has been there for some years at ``start``.
    """
    through = through or MeterReading(start, uuid, _draw_register_kwh(uuid))
    surges = [surge for _, surge in list_events(uuid, start=start, end=end)]
    meter = make_meter(uuid, interval=INTERVAL, surges=surges, through=through)
    recent = max(start, _ceil(end - RECENT, OLD_INTERVAL))
    old = past_readings(meter, _ceil(start, OLD_INTERVAL), recent, OLD_INTERVAL)
    new = past_readings(meter, _ceil(recent, INTERVAL), end, INTERVAL)
    for readings in (old, new):
        for measured_at, register_kwh in readings:
            yield Reading(str(uuid), to_us(measured_at), register_kwh)


def list_events(uuid: UUID, *, start: datetime, end: datetime) -> Iterator[tuple[Event, Surge]]:
    """The meter's events in ``[start, end)``, each with its extra load."""
    client, meter = _find(uuid)
    for event in meter.events:
        for surge in event.list_surges(
            start=start, end=end, zone=client.zone, limit_kw=float(meter.max_power_kw)
        ):
            yield event, surge


def _draw_register_kwh(uuid: UUID) -> float:
    _, meter = _find(uuid)
    return 365 * sum(meter.kwh_per_day.values()) * Random(str(uuid)).uniform(1.5, 4)


def _find(uuid: UUID) -> tuple[DemoClient, DemoMeter]:
    return next((client, meter) for client, _, meter, known in all_meters() if known == uuid)


def _ceil(at: datetime, step: timedelta) -> datetime:
    return EPOCH + -((EPOCH - at) // step) * step
