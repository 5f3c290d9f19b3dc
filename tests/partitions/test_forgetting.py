"""What has been kept long enough is deleted, some at a time; the rest stays."""

from datetime import UTC, datetime, timedelta

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib.sessions.models import Session

from accounts.models import User
from devices.models import Sensor
from monitoring import forgetting
from monitoring.forgetting import forget_old_rows
from monitoring.models import (
    AlertEmail,
    AlertGroup,
    AlertSettings,
    Exceedance,
    Notification,
    QuarantinedReading,
    QuarantineTally,
    ReadingImport,
)
from monitoring.notifications.emails.planning import plan_emails
from monitoring.notifications.outbox import Asked, get_last_seq, get_missed_messages
from tests.admin.conftest import email_to, quarantine
from tests.conftest import NOON, Store

LATER = NOON + timedelta(days=1000)


def forget(now: datetime = LATER) -> dict[str, int]:
    found = forget_old_rows(now=now, within_s=60)
    return {name: count for name, count in found.items() if count}


def test_young_rows_stay(as_alice: object, alice: User, meter: Sensor, store: Store) -> None:
    store(meter, (0, 0.0), (60, 9.0), (30, 1.0))
    quarantine()
    email_to(alice, "sent")
    ReadingImport.objects.create(user=alice, file_name="a", created_at=NOON, finished_at=NOON)
    assert forget(datetime.now(UTC).replace(year=2026, month=3, day=11)) == {}


def test_each_kind_goes_when_it_is_old(
    as_alice: object, alice: User, meter: Sensor, store: Store
) -> None:
    store(meter, (0, 0.0), (60, 9.0))
    store(meter, (30, 1.0))
    quarantine()
    QuarantineTally.objects.create(
        day=NOON.date(), reason="bad_value", sensor_uuid=meter.uuid, kept=1, beyond=2
    )
    email_to(alice, "sent")
    email_to(User.objects.create_user("bob@example.com"), "waiting")
    upload = ReadingImport.objects.create(
        user=alice, file_name="a", created_at=NOON, finished_at=NOON
    )
    upload.rejected.create(line=1, reason="bad_value", detail="")
    ReadingImport.objects.create(user=alice, file_name="running", created_at=NOON)
    AccessAttempt.objects.create(username="x", failures_since_start=1)
    AccessLog.objects.create(username="x")
    assert set(forget(datetime.now(UTC) + timedelta(days=1000))) == {
        "alert_emails",
        "alerts",
        "failed_logins",
        "imports",
        "logins",
        "quarantine",
        "quarantine_tallies",
        "sessions",
        "superseded_exceedances",
    }
    assert not Session.objects.exists()
    assert not Notification.objects.exists()
    assert not AlertGroup.objects.exists()
    assert AlertEmail.objects.get().state == "waiting"
    assert ReadingImport.objects.get().file_name == "running"
    assert Exceedance.objects.get().superseded_at is None


def test_quarantine_that_waits_stays_longer(db: None) -> None:
    quarantine()
    decided = quarantine()
    QuarantinedReading.objects.filter(pk=decided.pk).update(decision="discarded", decided_at=NOON)
    assert forget(NOON + timedelta(days=31)) == {"quarantine": 1}
    assert QuarantinedReading.objects.get().decision == ""
    assert forget(NOON + timedelta(days=181)) == {"quarantine": 1}


def test_many_go_in_bounded_batches(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        forgetting.OLD, "quarantine", forgetting.OLD["quarantine"]._replace(at_once=2)
    )
    for _ in range(5):
        quarantine()
    assert forget() == {"quarantine": 5}


def test_numbers_of_notifications_go_on(alice: User, meter: Sensor, store: Store) -> None:
    store(meter, (0, 0.0), (60, 9.0))
    assert get_last_seq(user_id=alice.pk) == 1
    forget()
    day = 24 * 60
    store(meter, (2 * day, 10.0), (2 * day + 60, 19.0), now=NOON + timedelta(days=2, hours=2))
    (messages,) = get_missed_messages(asked=[Asked(alice.pk, 0)])
    assert [message["seq"] for message in messages] == [2]


def test_emails_are_planned_although_alerts_are_gone(
    alice: User, meter: Sensor, store: Store
) -> None:
    AlertSettings.objects.create(user=alice, emails="at_once")
    store(meter, (0, 0.0), (60, 9.0))
    forget()
    assert plan_emails(now=LATER) == 0
