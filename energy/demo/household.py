"""The people, devices and meters of the demo."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sensor_sim.fleet import fleet_sensor_ids

PASSWORD = "demo"  # noqa: S105 - printed on the terminal, served on this machine only
ADMINISTRATOR = "admin@example.com"


@dataclass(frozen=True)
class DemoMeter:
    """A meter; the simulated household behind it uses ``mean_kwh_per_day``."""

    description: str
    max_power_kw: Decimal
    mean_kwh_per_day: float


@dataclass(frozen=True)
class DemoDevice:
    """A device with its meters."""

    description: str
    address: str
    max_hourly_consumption_kwh: Decimal
    meters: tuple[DemoMeter, ...]


@dataclass(frozen=True)
class DemoClient:
    """A client with their devices."""

    email: str
    name: str
    time_zone: str
    devices: tuple[DemoDevice, ...]


CLIENTS = (
    DemoClient(
        "alice@example.com",
        "Alice",
        "Europe/Bucharest",
        (
            DemoDevice(
                "Apartment",
                "Strada Lungă 12, Brașov",
                Decimal(6),
                (
                    DemoMeter("Main meter", Decimal(5), 9.0),
                    DemoMeter("Kitchen", Decimal(3), 3.5),
                ),
            ),
            DemoDevice(
                "Heat pump",
                "Strada Lungă 12, Brașov",
                Decimal(8),
                (DemoMeter("Heat pump", Decimal(7), 16.0),),
            ),
        ),
    ),
    DemoClient(
        "charlie@example.com",
        "Charlie",
        "Europe/Berlin",
        (
            DemoDevice(
                "House",
                "Gartenweg 3, Leipzig",
                Decimal(9),
                (
                    DemoMeter("Main meter", Decimal(6), 13.0),
                    DemoMeter("Wall box", Decimal("3.7"), 6.0),
                ),
            ),
            DemoDevice(
                "Workshop",
                "Gartenweg 3a, Leipzig",
                Decimal(6),
                (DemoMeter("Workshop meter", Decimal(3), 5.0),),
            ),
        ),
    ),
)


def all_meters() -> Iterator[tuple[DemoClient, DemoDevice, DemoMeter, UUID]]:
    """Every meter with its owner, its device and its sensor id, always in the same order."""
    rows = [
        (client, device, meter)
        for client in CLIENTS
        for device in client.devices
        for meter in device.meters
    ]
    for row, uuid in zip(rows, fleet_sensor_ids(len(rows)), strict=True):
        yield *row, uuid
