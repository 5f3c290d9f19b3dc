"""A client with a meter that is still to send its first reading, for those who try the API."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from textwrap import indent
from uuid import UUID

from django.template.loader import render_to_string

from accounts.api_tokens import create_api_token, find_api_token
from accounts.models import User
from devices.models import Device, Sensor
from energy.demo.household import PASSWORD

EMAIL = "dora@example.com"
SENSOR_ID = UUID("2f0c6d5e-3c0b-4f0e-9b57-6a1f4e2d8c10")


@dataclass(frozen=True)
class NewMeter:
    """The meter, and the file that keeps the key of its owner's token."""

    sensor: Sensor
    token_file: Path

    def tell(self, *, site: str) -> str:
        """How to send it a reading, for a terminal."""
        values = {"site": site, "sensor": self.sensor}
        send, simulate = (
            render_to_string(f"snippets/{name}.sh.txt", values).strip()
            for name in ("send", "simulate")
        )
        with_token = f'export ENERGY_TOKEN="$(cat {_as_typed(self.token_file)})"\n{send}'
        return (
            "Send a reading to a new meter, from another terminal:\n\n"
            f"{indent(with_token, '  ')}\n\n"
            f"and see it arrive at {site}/sensors/{self.sensor.uuid}/\n"
            f"(log in as {EMAIL}, password: {PASSWORD}). A simulated one sends every 10 s:\n\n"
            f"  .venv/bin/{simulate}\n"
        )


def make_new_meter(*, data: Path) -> NewMeter:
    """Makes what is missing of the client, the meter and the token, whose key ``data`` keeps."""
    owner = User.objects.filter(email=EMAIL).first()
    owner = owner or User.objects.create_user(EMAIL, PASSWORD, name="Dora")
    sensor = Sensor.objects.filter(uuid=SENSOR_ID).first() or _make_sensor(owner)
    token_file = data / "token"
    if not _holds(token_file, owner):
        _keep(token_file, create_api_token(user=owner, name="make demo")[1])
    return NewMeter(sensor, token_file)


def _make_sensor(owner: User) -> Sensor:
    device = Device.objects.create(
        owner=owner,
        description="Flat",
        address="Aleea Teilor 4, Cluj-Napoca",
        max_hourly_consumption_kwh=Decimal(6),
    )
    return Sensor.objects.create(
        uuid=SENSOR_ID, device=device, description="New meter", max_power_kw=Decimal(5)
    )


def _holds(token_file: Path, owner: User) -> bool:
    if not token_file.exists():
        return False
    token = find_api_token(authorization=f"Token {token_file.read_text().strip()}")
    return token is not None and token.user == owner


def _keep(token_file: Path, key: str) -> None:
    token_file.touch(mode=0o600)
    token_file.write_text(f"{key}\n")


def _as_typed(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
