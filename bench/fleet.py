"""Makes owners, devices and sensors in the database of the environment: `python -m bench.fleet`.

A process of its own, because Django's settings are read once a process, and each benchmark has
several databases.
"""

import argparse
import os

from bench.messages import LIMIT_KW, sensor_uuid

BATCH = 5_000
#: The longest backlog is of 73 days.
MONTHS_BACK = 4


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.fleet")
    parser.add_argument("--sensors", type=int, required=True)
    parser.add_argument("--owners", type=int, required=True)
    chosen = parser.parse_args()

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "energy.settings")
    django.setup()
    make_partitions()
    make_fleet(sensors=chosen.sensors, owners=chosen.owners)


def make_partitions() -> None:
    """Of the months that a backlog reaches back to: as if the platform had run for so long."""
    from django.utils import timezone

    from monitoring.partitions.keeping import create_partitions
    from monitoring.partitions.months import Month

    this_month = Month.of(timezone.now())
    create_partitions([this_month.plus(-months) for months in range(MONTHS_BACK + 1)])


def make_fleet(*, sensors: int, owners: int, devices: int | None = None) -> None:
    """Owners with as many devices each, one if not told; sensors likewise.

    Sensor ``i`` is on device ``i % devices``, which is that of owner ``i % owners``.
    """
    if devices is None:
        devices = owners
    from accounts.models import User
    from devices.models import Device, Sensor

    users = User.objects.bulk_create(
        [User(email=f"owner{i}@example.com", password="!") for i in range(owners)],
        batch_size=BATCH,
    )
    made = Device.objects.bulk_create(
        [
            Device(
                owner=users[i % owners],
                description=f"Flat {i // owners + 1}",
                max_hourly_consumption_kwh=LIMIT_KW,
            )
            for i in range(devices)
        ],
        batch_size=BATCH,
    )
    Sensor.objects.bulk_create(
        [
            Sensor(
                uuid=sensor_uuid(i),
                device=made[i % devices],
                description=f"Meter {i}",
                max_power_kw=LIMIT_KW,
            )
            for i in range(sensors)
        ],
        batch_size=BATCH,
    )


if __name__ == "__main__":
    main()
