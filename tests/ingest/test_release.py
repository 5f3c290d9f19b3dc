"""Releasing quarantine into ingestion, and discarding it."""

import json
import threading
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import translation

from accounts.models import User
from devices.models import Sensor
from monitoring.ingest.dead_letters import settle_dead_letter
from monitoring.ingest.release import NotReleasable, Outcome, discard, release
from monitoring.ingest.store import store_batch
from monitoring.models import Notification, QuarantinedReading, Reading
from monitoring.rules.instants import to_us
from monitoring.rules.readings import Readings
from monitoring.rules.wire import parse_message
from tests.conftest import NOON, Store, make_sensor


def message(uuid: object, *values: tuple[str, Any]) -> bytes:
    return json.dumps([[at, str(uuid), value] for at, value in values]).encode()


def receive(body: bytes) -> list[QuarantinedReading]:
    """Takes a message as the worker does. Gives what of it is in quarantine."""
    parsed = parse_message(body, now_us=to_us(NOON))
    store_batch(parsed.readings, parsed.rejections, now=NOON)
    return list(QuarantinedReading.objects.order_by("pk"))


def register(flat: Any, uuid: UUID) -> Sensor:
    sensor = make_sensor(flat)
    Sensor.objects.filter(pk=sensor.pk).update(uuid=uuid)
    return sensor


def test_reading_of_a_sensor_registered_later_is_stored(flat: Any, administrator: User) -> None:
    uuid = uuid4()
    (entry,) = receive(message(uuid, ("2026-03-10T11:00:00Z", 1.5)))
    assert entry.reason == "unknown_sensor"
    sensor = register(flat, uuid)
    outcome = release(entry_id=entry.pk, by=administrator, now=NOON)
    assert str(outcome) == "1 reading stored"
    assert Reading.objects.get().sensor_id == sensor.pk
    entry.refresh_from_db()
    assert (entry.decision, entry.decided_by, entry.decided_at) == ("released", administrator, NOON)
    assert entry.outcome == "1 reading stored"


def test_what_is_still_wrong_comes_back(administrator: User, db: None) -> None:
    (entry,) = receive(message(uuid4(), ("2026-03-10T11:00:00Z", 1.5)))
    outcome = release(entry_id=entry.pk, by=administrator, now=NOON)
    assert str(outcome) == "0 readings stored, 1 back in quarantine (unknown sensor)"
    old, new = QuarantinedReading.objects.order_by("pk")
    assert (old.decision, new.decision) == ("released", "")
    assert bytes(old.raw) == bytes(new.raw)


def test_whole_dead_letter_is_judged_reading_by_reading(
    meter: Sensor, administrator: User, store: Store
) -> None:
    store(meter, (-60, 1.0))
    body = message(
        meter.uuid,
        ("2026-03-10T11:00:00Z", 1.0),  # stored before
        ("2026-03-10T11:30:00Z", -1),
        ("2026-03-10T12:00:00Z", 9.0),
    )
    settle_dead_letter(body, is_last_try=True)
    entry = QuarantinedReading.objects.get()
    outcome = release(entry_id=entry.pk, by=administrator, now=NOON)
    assert str(outcome) == (
        "1 reading stored, 1 already stored, 1 back in quarantine (bad measurement value)"
    )


def test_peak_that_comes_to_light_is_told(
    flat: Any, administrator: User, django_capture_on_commit_callbacks: Any
) -> None:
    uuid = uuid4()
    entries = receive(message(uuid, ("2026-03-10T11:00:00Z", 1.0), ("2026-03-10T11:30:00Z", 9.0)))
    register(flat, uuid)
    with django_capture_on_commit_callbacks(execute=True) as hints:
        for entry in entries:
            release(entry_id=entry.pk, by=administrator, now=NOON)
    assert Notification.objects.get().peak.power_kw == 16
    assert len(hints) == 1


def test_reading_of_the_future_can_be_released_when_its_time_has_come(
    meter: Sensor, administrator: User
) -> None:
    (entry,) = receive(message(meter.uuid, ("2026-03-10T13:00:00Z", 1.0)))
    assert entry.reason == "future_timestamp"
    outcome = release(entry_id=entry.pk, by=administrator, now=NOON + timedelta(hours=1))
    assert outcome.stored == 1


def test_what_the_database_refuses_comes_back_with_the_reason(
    meter: Sensor, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import DataError

    settle_dead_letter(message(meter.uuid, ("2026-03-10T11:00:00Z", 1.0)), is_last_try=True)
    real = store_batch

    def refuse(readings: Readings, *arguments: Any, **options: Any) -> Any:
        if len(readings):
            raise DataError("no")
        return real(readings, *arguments, **options)

    monkeypatch.setattr("monitoring.ingest.salvage.store_batch", refuse)
    entry = QuarantinedReading.objects.get()
    outcome = release(entry_id=entry.pk, by=administrator, now=NOON)
    assert outcome.rejected_by_reason == {"not_storable": 1}


@pytest.mark.django_db
def test_what_was_cut_is_not_released(administrator: User) -> None:
    (entry,) = receive(b"[" + b" " * 5000)
    assert not entry.is_whole
    with pytest.raises(NotReleasable):
        release(entry_id=entry.pk, by=administrator, now=NOON)
    discard(entry_id=entry.pk, by=administrator, now=NOON)
    entry.refresh_from_db()
    assert (entry.decision, entry.decided_by, entry.decided_at) == (
        "discarded",
        administrator,
        NOON,
    )
    assert bytes(entry.raw).startswith(b"[")


@pytest.mark.parametrize(
    ("first", "second"), [(release, release), (release, discard), (discard, discard)]
)
@pytest.mark.django_db
def test_a_decision_is_made_once(administrator: User, first: Any, second: Any) -> None:
    (entry,) = receive(b"{}")
    first(entry_id=entry.pk, by=administrator, now=NOON)
    with pytest.raises(NotReleasable):
        second(entry_id=entry.pk, by=administrator, now=NOON)


@pytest.mark.parametrize(
    ("repeated", "text"),
    [
        (1, "0 citiri stocate, 1 deja stocată"),
        (2, "0 citiri stocate, 2 deja stocate"),
        (20, "0 citiri stocate, 20 deja stocate"),
    ],
)
def test_outcome_counts_as_romanian_does(repeated: int, text: str) -> None:
    with translation.override("ro"):
        assert str(Outcome(0, repeated, {})) == text


def test_what_was_discarded_by_mistake_can_be_released(meter: Sensor, administrator: User) -> None:
    (entry,) = receive(message(meter.uuid, ("2026-03-10T13:00:00Z", 1.0)))
    discard(entry_id=entry.pk, by=administrator, now=NOON)
    later = NOON + timedelta(hours=1)
    assert release(entry_id=entry.pk, by=administrator, now=later).stored == 1
    entry.refresh_from_db()
    assert (entry.decision, entry.decided_at) == ("released", later)
    assert entry.outcome == "1 reading stored"


def test_unknown_entry(administrator: User) -> None:
    for decide in (release, discard):
        with pytest.raises(QuarantinedReading.DoesNotExist):
            decide(entry_id=1, by=administrator, now=NOON)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_at_a_time_release_once(meter: Sensor, administrator: User) -> None:
    (entry,) = receive(b"{}")
    outcomes: list[str] = []
    together = threading.Barrier(4)

    def decide() -> None:
        together.wait()
        try:
            outcomes.append(str(release(entry_id=entry.pk, by=administrator, now=NOON)))
        except NotReleasable:
            outcomes.append("no")
        finally:
            connection.close()

    threads = [threading.Thread(target=decide) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[1:] == ["no", "no", "no"]
    assert QuarantinedReading.objects.count() == 2
