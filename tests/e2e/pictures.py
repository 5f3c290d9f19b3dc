"""People beside the demo's whose pages are looked at: with no device, and with a hundred."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from django.conf import settings

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.history.summing import sum_intervals
from monitoring.ingest.store import store_batch
from monitoring.rules.instants import to_us
from monitoring.rules.readings import Reading, Readings
from tests.conftest import PASSWORD

#: A past of the demo that is made in a moment.
SHORT_PAST = timedelta(days=14)
LONG_NAME = (
    "Ground-source heat pump with buffer storage, north wing of the assembly hall (2nd meter)"
)


def make_people(now: datetime) -> None:
    """``empty`` has no device, ``many`` a hundred, ``new`` one without a reading."""
    User.objects.create_user("empty@example.com", PASSWORD, name="Erin")
    many = User.objects.create_user("many@example.com", PASSWORD, name="Morgan")
    for number in range(100):
        _make_device(many, number, now)
    _make_device(User.objects.create_user("new@example.com", PASSWORD), -1, now)
    sum_intervals(max_gap=settings.HISTORY_MAX_GAP, now=now)


def _make_device(owner: User, number: int, now: datetime) -> None:
    name = LONG_NAME if number == 7 else f"Shop {number + 1}" if number >= 0 else "Flat"
    device = Device.objects.create(
        owner=owner,
        description=name,
        address=f"{number + 2} Market Street",
        max_hourly_consumption_kwh=Decimal(9),
    )
    if number % 25 == 3:
        return  # no meter yet
    sensor = Sensor.objects.create(
        device=device, description=f"{name}: main", max_power_kw=Decimal(6)
    )
    if number < 0:
        return  # no reading yet
    last = now - timedelta(hours=5 if number % 20 == 9 else 0)
    hours = [last - timedelta(minutes=10 * step) for step in range(150, -1, -1)]
    energy_kwh, readings = 1000.0 * number, []
    for before, at in pairwise([hours[0] - timedelta(minutes=10), *hours]):
        kw = (1 + number % 9) * (0.3 + 0.25 * (at.hour in range(7, 22))) + (number == 12) * 5
        energy_kwh += kw * (at - before).total_seconds() / 3600
        readings.append(Reading(str(sensor.uuid), to_us(at), round(energy_kwh, 3)))
    store_batch(Readings.of(readings), now=now)


def get_now() -> datetime:
    """The time of the pictures."""
    return datetime.now(UTC)
