"""The demo's meters while it runs: each client soon sees a peak, and then rarely."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from energy.demo.household import CLIENTS, DemoClient, DemoMeter, all_meters
from energy.demo.past import get_newest, make_meter
from sensor_sim.meter import Meter
from sensor_sim.surges import Surge

INTERVAL = timedelta(seconds=5)
#: After the start, for the first client; the others follow one by one.
FIRST_PEAK_AFTER = timedelta(seconds=20)
NEXT_CLIENT_AFTER = timedelta(seconds=5)
SECOND_PEAK_AFTER = timedelta(minutes=3)
#: From one of the later peaks to the next.
RARELY = (timedelta(minutes=15), timedelta(minutes=30))
PLANNED = timedelta(days=30)
PEAK_LASTS = 3 * INTERVAL
#: What a peak adds to the normal power, as a multiple of the meter's limit.
PEAK_OVER_LIMIT = 1.1


def make_live_meters(*, now: datetime) -> list[Meter]:
    """The meters as they go on from the newest stored readings, with peaks from ``now`` on."""
    surges: dict[UUID, list[Surge]] = {}
    for number, client in enumerate(CLIENTS):
        first_at = now + FIRST_PEAK_AFTER + number * NEXT_CLIENT_AFTER
        for uuid, surge in _plan_peaks(client, first_at):
            surges.setdefault(uuid, []).append(surge)
    return [
        make_meter(uuid, interval=INTERVAL, surges=surges.get(uuid, ()), through=get_newest(uuid))
        for _, _, _, uuid in all_meters()
    ]


def _plan_peaks(client: DemoClient, first_at: datetime) -> Iterator[tuple[UUID, Surge]]:
    """The first two on the client's first meter, the later ones on any."""
    meters = [(uuid, meter) for owner, _, meter, uuid in all_meters() if owner == client]
    random = Random(f"{client.email} {first_at}")
    for number, at in enumerate(_list_times(first_at, random)):
        uuid, meter = meters[0] if number < 2 else random.choice(meters)
        yield uuid, _make_peak(meter, at)


def _list_times(first_at: datetime, random: Random) -> Iterator[datetime]:
    shortest, longest = RARELY
    at = first_at + SECOND_PEAK_AFTER
    yield from (first_at, at)
    while (at := at + random.uniform(1, longest / shortest) * shortest) < first_at + PLANNED:
        yield at


def _make_peak(meter: DemoMeter, at: datetime) -> Surge:
    # At the meter's own times: a surge that begins between two readings is halved, and no peak.
    starts_at = at - (at - datetime.min.replace(tzinfo=at.tzinfo)) % INTERVAL
    return Surge(starts_at, starts_at + PEAK_LASTS, float(meter.max_power_kw) * PEAK_OVER_LIMIT)
