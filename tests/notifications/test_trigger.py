"""Emails are asked for soon after a peak, but not once a peak."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from celery import current_app

from monitoring.notifications.emails import trigger
from monitoring.notifications.emails.trigger import GATHER_S, TASK, EmailTrigger
from monitoring.notifications.hints import HintSender
from monitoring.tasks import send_emails
from tests.servers import ROOT, until

#: A peak, then the end of the process, while the broker accepts connections and says nothing.
ENDING_PROCESS = """
import sys
from celery import Celery
from monitoring.notifications.emails.trigger import EmailTrigger
app = Celery(broker=sys.argv[1])
app.conf.broker_connection_timeout = 60
app.set_default()
emails = EmailTrigger()
emails.start()
emails.ask()
emails.stop(timeout_s=0.5)
assert emails.is_alive(), "the broker did not hang"
"""


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that were sent."""
    names: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **options: names.append(name))
    return names


@pytest.fixture
def emails() -> Iterator[EmailTrigger]:
    """A trigger that runs."""
    trigger = EmailTrigger()
    trigger.start()
    yield trigger
    trigger.stop(timeout_s=5)


class Clock:
    """Shows what it is set to."""

    now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(trigger, "time", clock)
    return clock


def test_one_task_for_what_happens_together(
    sent: list[str], clock: Clock, emails: EmailTrigger
) -> None:
    for _ in range(3):
        emails.ask()
    until(lambda: sent == [TASK], what="the task is sent")
    clock.now_s += GATHER_S  # that task begins now, and sees no more
    emails.ask()
    emails.stop(timeout_s=5)
    assert sent == [TASK, TASK]


def test_broker_that_is_away_is_left_to_the_schedule(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(current_app, "send_task", fail)
    emails = EmailTrigger()
    emails.start()
    emails.ask()
    emails.stop(timeout_s=5)
    assert "the schedule will do it" in caplog.text


def test_broker_that_hangs_does_not_keep_the_process_from_ending() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        url = f"amqp://guest:guest@127.0.0.1:{port}//"
        ending = [sys.executable, "-c", ENDING_PROCESS, url]
        subprocess.run(ending, cwd=ROOT, check=True, timeout=30)


def test_the_task_is_called_by_its_name() -> None:
    assert send_emails.name == TASK


def test_follows_each_hint() -> None:
    asked: list[str] = []
    hints = HintSender(after_hint=lambda: asked.append("emails"))
    hints.start()
    try:
        hints.send(frozenset({1}))
        until(lambda: len(asked) == 1, what="emails are asked for")
        hints.send(frozenset({1}))
        until(lambda: len(asked) == 2, what="emails are asked for again")
    finally:
        hints.stop()
