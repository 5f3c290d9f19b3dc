"""Emails are asked for soon after a peak, but not once a peak."""

from typing import Any

import pytest
from celery import current_app

from monitoring.notifications.emails import trigger
from monitoring.notifications.emails.trigger import GATHER_S, TASK, EmailTrigger
from monitoring.notifications.hints import HintSender
from monitoring.tasks import send_emails
from tests.servers import until


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that were sent."""
    names: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **options: names.append(name))
    return names


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


def test_one_task_for_what_happens_together(sent: list[str], clock: Clock) -> None:
    emails = EmailTrigger()
    for _ in range(3):
        emails.ask()
    assert sent == [TASK]
    clock.now_s += GATHER_S  # that task begins now, and sees no more
    emails.ask()
    assert sent == [TASK, TASK]


def test_broker_that_is_away_is_left_to_the_schedule(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(current_app, "send_task", fail)
    EmailTrigger().ask()
    assert "the schedule will do it" in caplog.text


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
