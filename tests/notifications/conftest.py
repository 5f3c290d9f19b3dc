"""Peaks of alice's, and her wish for emails."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from devices.models import Sensor
from monitoring.models import AlertEmail, AlertSettings
from monitoring.notifications.emails.planning import plan_emails
from monitoring.notifications.emails.sending import send_emails
from tests.conftest import NOON, Store
from tests.notifications.mail_server import MailServer, mail_server

Peaks = Callable[..., None]
Run = Callable[..., int]


@pytest.fixture
def peaks(meter: Sensor, store: Store) -> Peaks:
    """``peaks(2, now=…)``: two more peaks of 6 kW, half an hour each, told at that time."""
    begun = 0

    def add(count: int = 1, *, now: datetime = NOON) -> None:
        nonlocal begun
        for _ in range(count):
            start = (now - NOON) / timedelta(minutes=1) + 60 * begun
            store(meter, (start, 3.0 * begun), (start + 30, 3.0 * begun + 3), now=now)
            begun += 1

    return add


@pytest.fixture
def wishes(alice: User) -> AlertSettings:
    """Alice wants emails at once."""
    return AlertSettings.objects.create(user=alice, emails=AlertSettings.Emails.AT_ONCE)


@pytest.fixture
def run() -> Run:
    """``run(minutes=5)``: what the task does, five minutes after noon. Gives how many were sent."""

    def plan_and_send(**later: Any) -> int:
        now = NOON + timedelta(**later)
        plan_emails(now=now)
        return send_emails(clock=lambda: now)

    return plan_and_send


@pytest.fixture
def smtp(settings: Settings) -> Iterator[MailServer]:
    """A mail server that the platform uses, and waits half a second for."""
    with mail_server() as server:
        use(settings, server.port)
        yield server


def use(settings: Settings, port: int) -> None:
    """Sends by SMTP to this port from now on."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_TIMEOUT = 0.5


def states() -> list[str]:
    """What has become of each email, in the order in which they were written."""
    return list(AlertEmail.objects.order_by("pk").values_list("state", flat=True))
