"""The people, devices and meters of the demo."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from energy.demo.story import DaysAgo, Event, EveryYear, Seen
from sensor_sim.fleet import fleet_sensor_ids
from sensor_sim.households import HOUSEHOLDS, Family
from sensor_sim.places import PLACES
from sensor_sim.profile import Load, LoadProfile, LoadSum

PASSWORD = "demo"  # noqa: S105 - printed on the terminal, served on this machine only
ADMINISTRATOR = "admin@example.com"
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)


@dataclass(frozen=True)
class DemoMeter:
    """A meter, and what is behind it: kinds of ``HOUSEHOLDS``, with their mean energy of a day."""

    description: str
    max_power_kw: Decimal
    kwh_per_day: Mapping[str, float]
    events: tuple[Event, ...] = ()


@dataclass(frozen=True)
class DemoDevice:
    """A device with its meters."""

    description: str
    address: str
    max_hourly_consumption_kwh: Decimal
    meters: tuple[DemoMeter, ...]


@dataclass(frozen=True)
class DemoClient:
    """A client with their devices. ``country`` decides the weather and the public holidays."""

    email: str
    name: str
    language: str
    time_zone: str
    country: str
    devices: tuple[DemoDevice, ...]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def make_load(self, meter: DemoMeter) -> Load:
        """What the meter measures but for its events."""
        family = Family(self.email, PLACES[self.country])
        return LoadSum(
            tuple(
                LoadProfile(
                    HOUSEHOLDS[kind](f"{self.email} {kind}", mean_kwh_per_day=kwh, family=family),
                    timezone=self.zone,
                )
                for kind, kwh in meter.kwh_per_day.items()
            )
        )


ALICE = DemoClient(
    "alice@example.com",
    "Alice",
    "en",
    "Europe/Dublin",
    "IE",
    (
        DemoDevice(
            "House",
            "12 Rathmines Road, Dublin",
            Decimal(7),
            (
                DemoMeter(
                    "Main meter",
                    Decimal(6),
                    {"home": 9.0, "heat-pump": 8.0},
                    (
                        EveryYear(
                            reason="the oven and the heat pump together on a cold evening",
                            month=1,
                            day=10,
                            weekday=FRIDAY,
                            at=time(18, 30),
                            minutes=45,
                            seen=Seen.ACKNOWLEDGED,
                        ),
                        EveryYear(
                            reason="all four rings for the Easter lunch, the dishwasher beside it",
                            month=4,
                            day=12,
                            weekday=SUNDAY,
                            at=time(12, 15),
                            minutes=30,
                        ),
                        EveryYear(
                            reason="washing machine, dryer and oven on a wet Saturday",
                            month=10,
                            day=8,
                            weekday=SATURDAY,
                            at=time(11, 45),
                            minutes=30,
                        ),
                        EveryYear(
                            reason="Christmas dinner",
                            month=12,
                            day=25,
                            at=time(13, 0),
                            minutes=75,
                            seen=Seen.ACKNOWLEDGED,
                        ),
                        DaysAgo(
                            reason="guests: oven, kettle and dishwasher",
                            days=1,
                            at=time(19, 15),
                            minutes=15,
                            seen=Seen.NOT_YET,
                        ),
                    ),
                ),
            ),
        ),
        DemoDevice(
            "Car charger",
            "12 Rathmines Road, Dublin",
            Decimal(5),
            (
                DemoMeter(
                    "Wall box",
                    Decimal("4.6"),
                    {"car": 6.5},
                    (
                        EveryYear(
                            reason="plugged in at dinner time, at full power",
                            month=3,
                            day=3,
                            weekday=TUESDAY,
                            at=time(18, 15),
                            minutes=105,
                            over_limit=1.6,
                            seen=Seen.ACKNOWLEDGED,
                        ),
                        EveryYear(
                            reason="charged in a hurry before a day at the sea",
                            month=6,
                            day=18,
                            weekday=SATURDAY,
                            at=time(8, 0),
                            minutes=60,
                            over_limit=1.6,
                        ),
                        DaysAgo(
                            reason="plugged in at dinner time again",
                            days=9,
                            at=time(18, 45),
                            minutes=60,
                            over_limit=1.6,
                        ),
                    ),
                ),
            ),
        ),
        DemoDevice(
            "Garden studio",
            "12 Rathmines Road, Dublin",
            Decimal(4),
            (DemoMeter("Studio meter", Decimal(4), {"workshop": 3.2}),),
        ),
    ),
)

IOANA = DemoClient(
    "ioana@example.com",
    "Ioana",
    "ro",
    "Europe/Bucharest",
    "RO",
    (
        DemoDevice(
            "Apartament",
            "Strada Lungă 12, Brașov",
            Decimal(6),
            (
                DemoMeter(
                    "Contor principal",
                    Decimal(5),
                    {"home": 8.0},
                    (
                        EveryYear(
                            reason="cozonac in the oven, the washing machine beside it",
                            month=12,
                            day=23,
                            at=time(17, 30),
                            minutes=60,
                            seen=Seen.ACKNOWLEDGED,
                        ),
                        EveryYear(
                            reason="cooking for the first of March",
                            month=3,
                            day=1,
                            weekday=SATURDAY,
                            at=time(12, 0),
                            minutes=30,
                        ),
                        EveryYear(
                            reason="air conditioner, oven and iron on a hot evening",
                            month=7,
                            day=1,
                            weekday=WEDNESDAY,
                            at=time(19, 0),
                            minutes=30,
                        ),
                        DaysAgo(
                            reason="oven, kettle and iron",
                            days=2,
                            at=time(18, 15),
                            minutes=30,
                            seen=Seen.NOT_YET,
                        ),
                    ),
                ),
            ),
        ),
        DemoDevice(
            "Casa de la munte",
            "Strada Principală 48, Moieciu de Sus",
            Decimal(7),
            (
                DemoMeter(
                    "Contor principal",
                    Decimal(5),
                    {"holiday-home": 3.0},
                    (
                        EveryYear(
                            reason="sauna and cooker on the first weekend with snow",
                            month=12,
                            day=8,
                            weekday=SATURDAY,
                            at=time(19, 0),
                            minutes=45,
                        ),
                        EveryYear(
                            reason="the village feast: cooking for everybody",
                            month=8,
                            day=15,
                            at=time(11, 30),
                            minutes=60,
                            seen=Seen.ACKNOWLEDGED,
                        ),
                    ),
                ),
                DemoMeter(
                    "Pompă de căldură",
                    Decimal(3),
                    {"heat-pump": 5.0},
                    (
                        EveryYear(
                            reason="the heating rod helps in the hardest frost",
                            month=1,
                            day=17,
                            weekday=SATURDAY,
                            at=time(6, 30),
                            minutes=90,
                            seen=Seen.ACKNOWLEDGED,
                        ),
                    ),
                ),
            ),
        ),
    ),
)

CHARLIE = DemoClient(
    "charlie@example.com",
    "Charlie",
    "en",
    "Europe/Berlin",
    "DE",
    (
        DemoDevice(
            "Flat",
            "Gartenweg 3, Leipzig",
            Decimal(6),
            (
                DemoMeter(
                    "Main meter",
                    Decimal(5),
                    {"home": 6.0},
                    (
                        EveryYear(
                            reason="raclette with friends, the oven on for the dessert",
                            month=2,
                            day=20,
                            weekday=SATURDAY,
                            at=time(20, 0),
                            minutes=45,
                        ),
                    ),
                ),
            ),
        ),
        DemoDevice(
            "Workshop",
            "Gartenweg 3a, Leipzig",
            Decimal(6),
            (
                DemoMeter(
                    "Workshop meter",
                    Decimal(5),
                    {"workshop": 9.0},
                    (
                        EveryYear(
                            reason="the welder and the compressor together",
                            month=5,
                            day=12,
                            weekday=THURSDAY,
                            at=time(10, 15),
                            minutes=30,
                            seen=Seen.ACKNOWLEDGED,
                        ),
                        EveryYear(
                            reason="fan heaters on the first frosty morning",
                            month=11,
                            day=10,
                            weekday=MONDAY,
                            at=time(7, 15),
                            minutes=60,
                        ),
                    ),
                ),
            ),
        ),
    ),
)

CLIENTS = (ALICE, IOANA, CHARLIE)


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
