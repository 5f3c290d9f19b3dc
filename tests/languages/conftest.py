"""The demo's household and what an administrator sees of it, both read in Romanian."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from accounts.api_tokens import create_api_token
from accounts.models import User
from devices.models import Device
from energy.demo.household import ADMINISTRATOR
from energy.demo.seed import seed_demo
from monitoring.models import AlertSettings, Notification
from tests.admin.conftest import email_to, quarantine
from tests.conftest import make_sensor
from tests.e2e.pages import ALICE
from tests.e2e.pictures import SHORT_PAST

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bin"))


@pytest.fixture
def readers(db: None) -> dict[str, Client]:
    """Those who read Romanian: ``alice``, ``administrator`` and, by their browser, ``nobody``."""
    seed_demo(now=datetime.now(UTC), history=SHORT_PAST)
    # Without passwords: their digests are no texts.
    User.objects.update(language="ro", password=make_password(None))
    alice = User.objects.get(email=ALICE)
    create_api_token(user=alice, name="1")
    AlertSettings.objects.create(user=alice, emails=AlertSettings.Emails.AT_ONCE)
    newest = Notification.objects.filter(user=alice).latest("seq")
    Notification.objects.filter(pk=newest.pk).update(read_at=None)
    make_sensor(Device.objects.filter(owner=alice).latest("pk"))  # never heard of
    quarantine()
    email_to(alice, "failed")
    clients = {name: Client() for name in ("alice", "administrator")}
    clients["alice"].force_login(alice)
    clients["administrator"].force_login(User.objects.get(email=ADMINISTRATOR))
    return {**clients, "nobody": Client(headers={"accept-language": "ro-RO,ro;q=0.9,en;q=0.8"})}
