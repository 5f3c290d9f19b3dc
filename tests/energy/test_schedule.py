"""The schedule: what is on it, and that the plain worker command runs it."""

import time
from threading import Event
from typing import Any

import pytest
from celery import Celery
from django.conf import settings

from energy.celery import app
from energy.schedule import STOP_WITHIN_S, ScheduleStep
from tests.servers import free_port

SCHEDULE: dict[str, Any] = settings.CELERY_BEAT_SCHEDULE


class Worker:
    """As much of a worker as the step asks for."""

    def __init__(self, of: Any = app) -> None:
        self.app = of


def test_every_scheduled_task_exists_and_gives_way_to_its_next_run() -> None:
    app.loader.import_default_modules()
    for entry in SCHEDULE.values():
        assert entry["task"] in app.tasks
        assert entry["options"]["expires"] == entry["schedule"]


def test_tasks_are_sent_at_the_start_and_then_as_often_as_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[str] = []
    twice = Event()

    def send(self: Any, entry: Any, **_: Any) -> None:
        sent.append(entry.task)
        if sent.count("often") == 2:
            twice.set()

    monkeypatch.setattr("celery.beat.Scheduler.apply_async", send)
    monkeypatch.setattr("celery.beat.Scheduler.producer", None)
    template = SCHEDULE["monitoring.tasks.keep_partitions"]
    monkeypatch.setitem(
        app.conf.beat_schedule, "often", {**template, "task": "often", "schedule": 0.2}
    )
    step = ScheduleStep(None)
    step.start(Worker())
    try:
        assert twice.wait(10)
    finally:
        step.stop(Worker())
    assert sent.count("monitoring.tasks.keep_partitions") == 1


def test_a_broker_that_is_away_does_not_hold_up_the_stop() -> None:
    away = Celery("away", broker=f"amqp://127.0.0.1:{free_port()}//", set_as_current=False)
    away.conf.beat_schedule = SCHEDULE
    step = ScheduleStep(None)
    step.start(Worker(away))
    begun = time.monotonic()
    step.stop(Worker(away))
    assert time.monotonic() - begun < STOP_WITHIN_S + 1


def test_an_import_and_a_long_sum_leave_threads_for_what_must_not_wait() -> None:
    assert settings.CELERY_WORKER_POOL == "threads"
    assert settings.CELERY_WORKER_CONCURRENCY >= 4
