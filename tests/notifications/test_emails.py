"""Alert emails: who gets one, when, and what it says."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from pytest_django import Settings

from accounts.models import User
from devices.models import Device
from monitoring.models import AlertEmail, AlertGroup, AlertSettings, Peak
from monitoring.notifications.emails import message
from monitoring.notifications.emails.due import LOOK_AGAIN_AFTER
from monitoring.notifications.emails.planning import plan_emails
from monitoring.notifications.outbox import get_last_seq
from monitoring.tasks import count_readings
from monitoring.tasks import send_emails as send_emails_task
from tests.conftest import NOON, Store, make_device, make_sensor
from tests.notifications.conftest import Peaks, Run, states


def html_of(sent: EmailMultiAlternatives) -> str:
    return str(sent.alternatives[0][0])


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_says_what_has_happened(
    peaks: Peaks, wishes: AlertSettings, run: Run, mailoutbox: list[Any], settings: Settings
) -> None:
    settings.SITE_URL = "https://energy.example.org"
    User.objects.update(time_zone="Europe/Bucharest")
    peaks()
    assert run() == 1
    (sent,) = mailoutbox
    assert plain(sent.subject) == "Peak of 6.00 kW: Flat"
    assert sent.to == ["alice@example.com"]
    for body in (plain(sent.body), plain(html_of(sent))):
        assert "Hello Alice," in body
        assert "Flat · Main meter" in body
        assert "6.00 kW" in body
        assert "limit 4 kW" in body
        assert "+50%" in body
        assert "10 Mar 2026, 14:00–14:30" in body
        assert "30 min" in body
        assert "https://energy.example.org/alerts/1/" in body
        assert "https://energy.example.org/alerts/settings/" in body
        assert "https://energy.example.org/alerts/unsubscribe/" in body


def test_headers(
    peaks: Peaks, wishes: AlertSettings, run: Run, mailoutbox: list[Any], settings: Settings
) -> None:
    settings.SITE_URL = "https://energy.example.org"
    peaks()
    run()
    headers = mailoutbox[0].message()
    link = headers["List-Unsubscribe"]
    assert link.startswith("<https://energy.example.org/alerts/unsubscribe/")
    assert link.strip("<>") in mailoutbox[0].body
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Auto-Submitted"] == "auto-generated"
    email = AlertEmail.objects.get()
    assert headers["Message-ID"] == f"<alerts.{email.pk}.20260310120000000000@energy.example.org>"
    again = message.compose(email)
    assert again is not None
    assert again.message()["Message-ID"] == headers["Message-ID"]


def test_is_written_in_the_readers_language(
    peaks: Peaks, wishes: AlertSettings, run: Run, mailoutbox: list[Any]
) -> None:
    User.objects.update(language="ro")
    peaks()
    run()
    sent = mailoutbox[0]
    assert plain(sent.subject) == "Vârf de putere de 6,00 kW: Flat"
    text = plain(sent.body)
    assert "Bună ziua, Alice,\n\nPuterea unui contor a depășit limita:" in text
    assert "6,00 kW, limită 4 kW (+50%, gravă)" in text
    assert "10 mar. 2026, 12:00–12:30 (30 min)" in text
    assert "Opriți aceste e-mailuri: " in text
    assert '<html lang="ro">' in html_of(sent)
    assert "Puterea unui contor a depășit limita:" in html_of(sent)


def test_counts_as_romanian_does(
    peaks: Peaks, wishes: AlertSettings, run: Run, mailoutbox: list[Any]
) -> None:
    User.objects.update(language="ro")
    peaks(3)
    run()
    peaks(20)
    run(minutes=1)
    assert [plain(sent.subject) for sent in mailoutbox] == [
        "Main meter: 3 vârfuri de putere, cel mai înalt de 6,00 kW",
        "20 de vârfuri de putere",
    ]
    few, many = (sent.body for sent in mailoutbox)
    assert "a depășit de 3 ori limita:" in few
    assert "a depășit de 20 de ori limita:" in many


def test_names_cannot_break_the_message(
    peaks: Peaks, wishes: AlertSettings, run: Run, mailoutbox: list[Any]
) -> None:
    Device.objects.update(description="A\r\nBcc: all@example.com <b>&")
    peaks()
    assert run() == 1
    sent = mailoutbox[0].message()
    assert sent["Bcc"] is None
    assert plain(sent["Subject"]) == "Peak of 6.00 kW: A Bcc: all@example.com <b>&"
    assert "<b>" not in html_of(mailoutbox[0])
    assert "<b>&" in mailoutbox[0].body


def test_what_has_gathered_comes_in_one_email(
    peaks: Peaks, wishes: AlertSettings, run: Run, mailoutbox: list[Any]
) -> None:
    peaks(3)
    assert run() == 1
    assert plain(mailoutbox[0].subject) == "Main meter: 3 peaks, highest 6.00 kW"
    text = plain(mailoutbox[0].body)
    assert text.count("Main meter") == 1
    assert "3 peaks, the highest:\n  6.00 kW, limit 4 kW (+50%, serious)" in text
    assert f"/alerts/groups/{AlertGroup.objects.get().pk}/" in text
    assert f"/alerts/groups/{AlertGroup.objects.get().pk}/" in html_of(mailoutbox[0])
    assert run(minutes=1) == 0
    peaks(1)
    assert run(minutes=2) == 1
    assert mailoutbox[1].body.count("Main meter") == 1


def test_a_peak_that_grows_is_told_once(
    peaks: Peaks, wishes: AlertSettings, run: Run, mailoutbox: list[Any], store: Store
) -> None:
    peaks()
    run()
    store(Peak.objects.get().sensor, (40, 10.0))
    assert Peak.objects.get().ended_at == NOON + timedelta(minutes=40)
    assert run(minutes=1) == 0


def test_very_many_are_counted(
    peaks: Peaks,
    wishes: AlertSettings,
    run: Run,
    mailoutbox: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    flat: Device,
    store: Store,
) -> None:
    monkeypatch.setattr(message, "LINES_SHOWN", 2)
    for _ in range(4):
        store(make_sensor(flat), (0, 0.0), (30, 3.0))
    peaks(1)
    run()
    assert "… and 3 more." in mailoutbox[0].body
    assert "… and 3 more." in html_of(mailoutbox[0])
    assert mailoutbox[0].body.count("Main meter") == 2


def test_withdrawn_peak_is_not_told(
    peaks: Peaks, wishes: AlertSettings, run: Run, mailoutbox: list[Any]
) -> None:
    peaks(2)
    Peak.objects.filter(started_at=NOON).update(superseded_at=NOON)
    run()
    assert mailoutbox[0].body.count("Main meter") == 1


def test_nothing_is_sent_if_all_were_withdrawn(
    peaks: Peaks, wishes: AlertSettings, run: Run, mailoutbox: list[Any]
) -> None:
    peaks(2)
    Peak.objects.update(superseded_at=NOON)
    assert run() == 0
    assert not mailoutbox
    assert states() == ["needless"]


def test_device_given_away_meanwhile_is_not_told(
    peaks: Peaks, wishes: AlertSettings, run: Run, charlie: User
) -> None:
    peaks()
    Device.objects.update(owner=charlie)
    assert run() == 0
    assert states() == ["needless"]


# --- Who gets one, and when


@pytest.mark.parametrize("emails", [None, "off"])
def test_who_did_not_ask_gets_none(peaks: Peaks, alice: User, run: Run, emails: str | None) -> None:
    if emails:
        AlertSettings.objects.create(user=alice, emails=emails)
    peaks()
    assert run() == 0
    assert states() == []


def test_who_is_inactive_gets_none(
    peaks: Peaks, wishes: AlertSettings, run: Run, mailoutbox: list[Any]
) -> None:
    peaks()
    User.objects.update(is_active=False)
    run()
    assert states() == []


def test_who_changed_their_mind_meanwhile_gets_none(
    peaks: Peaks, wishes: AlertSettings, run: Run, mailoutbox: list[Any]
) -> None:
    peaks()
    plan_emails(now=NOON)
    AlertSettings.objects.update(emails="off")
    run()
    assert states() == ["needless"]
    assert not mailoutbox


def test_each_gets_their_own(
    peaks: Peaks,
    wishes: AlertSettings,
    run: Run,
    mailoutbox: list[Any],
    store: Store,
    charlie: User,
) -> None:
    AlertSettings.objects.create(user=charlie, emails="at_once")
    store(make_sensor(make_device(charlie, "Workshop"), "Saw"), (0, 0.0), (30, 9.0))
    peaks()
    assert run() == 2
    bodies = {sent.to[0]: sent.body for sent in mailoutbox}
    assert "Saw" in bodies["charlie@example.com"]
    assert "Saw" not in bodies["alice@example.com"]
    assert "Main meter" not in bodies["charlie@example.com"]


def test_quiet_hours_gather_until_their_end(
    peaks: Peaks, wishes: AlertSettings, run: Run, mailoutbox: list[Any]
) -> None:
    User.objects.update(time_zone="Europe/Bucharest")  # noon in UTC is 14:00
    wishes.quiet_from, wishes.quiet_until = time(13), time(15)
    wishes.save()
    peaks()
    assert run() == 0
    peaks(1, now=NOON + timedelta(minutes=30))
    assert run(minutes=30) == 0
    assert run(minutes=59) == 0
    assert run(minutes=60) == 1
    assert plain(mailoutbox[0].subject) == "Main meter: 2 peaks, highest 6.00 kW"


def test_quiet_hours_that_begin_before_it_is_sent_hold_it_back(
    peaks: Peaks, wishes: AlertSettings, run: Run, mailoutbox: list[Any]
) -> None:
    peaks()
    plan_emails(now=NOON)
    wishes.quiet_from, wishes.quiet_until = time(12, 1), time(15)
    wishes.save(update_fields=["quiet_from", "quiet_until"])
    assert run(minutes=1) == 0
    assert run(hours=2, minutes=59) == 0
    email = AlertEmail.objects.get()
    assert (email.state, email.attempts, email.claimed_at) == ("waiting", 0, None)
    assert email.not_before == NOON + timedelta(hours=3)
    assert run(hours=3) == 1


def test_quiet_hours_of_one_do_not_keep_others_waiting(
    peaks: Peaks, wishes: AlertSettings, run: Run, store: Store, charlie: User
) -> None:
    AlertSettings.objects.create(user=charlie, emails="at_once")
    peaks()
    store(make_sensor(make_device(charlie)), (0, 0.0), (30, 9.0))
    plan_emails(now=NOON)
    wishes.quiet_from, wishes.quiet_until = time(12), time(15)
    wishes.save(update_fields=["quiet_from", "quiet_until"])
    assert run() == 1
    assert sorted(states()) == ["sent", "waiting"]


def test_what_waits_follows_its_reader_into_another_time_zone(
    peaks: Peaks, wishes: AlertSettings, run: Run
) -> None:
    wishes.emails, wishes.daily_at_hour = "daily", 18
    wishes.save()
    peaks()
    assert run() == 0
    User.objects.update(time_zone="Europe/Bucharest")  # where it is 18:00 at 16:00 UTC
    assert run(hours=3, minutes=59) == 0
    assert run(hours=4) == 1


def test_what_is_put_off_follows_its_reader_into_another_time_zone(
    peaks: Peaks, wishes: AlertSettings, run: Run
) -> None:
    peaks()
    plan_emails(now=NOON)
    AlertSettings.objects.update(quiet_from=time(12), quiet_until=time(18))
    assert run() == 0
    User.objects.update(time_zone="Asia/Tokyo")  # where it is 21:15
    assert run(minutes=15) == 1


def test_daily_email_comes_at_its_hour(
    peaks: Peaks, wishes: AlertSettings, run: Run, mailoutbox: list[Any]
) -> None:
    wishes.emails, wishes.daily_at_hour = "daily", 18
    wishes.save()
    peaks(2)
    assert run() == 0
    assert run(hours=5, minutes=59) == 0
    assert run(hours=6) == 1
    assert plain(mailoutbox[0].subject) == "Main meter: 2 peaks, highest 6.00 kW"
    assert run(hours=30) == 0
    peaks(1, now=NOON + timedelta(hours=31))
    assert run(hours=31) == 0
    assert run(hours=54) == 1


def test_what_is_not_due_does_not_keep_others_waiting(
    peaks: Peaks,
    wishes: AlertSettings,
    run: Run,
    store: Store,
    charlie: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("monitoring.notifications.emails.planning.USERS_A_STEP", 1)
    AlertSettings.objects.update(emails="daily")
    AlertSettings.objects.create(user=charlie, emails="at_once")
    store(make_sensor(make_device(charlie)), (0, 0.0), (30, 9.0))
    peaks()
    assert run() == 1
    wishes.refresh_from_db()
    assert wishes.not_before == NOON + LOOK_AGAIN_AFTER


def test_planning_takes_few_queries_for_many_users(
    store: Store, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        user = User.objects.create_user(f"user{number}@example.com")
        AlertSettings.objects.create(user=user, emails="at_once")
        store(make_sensor(make_device(user)), (0, 0.0), (30, 9.0))
    with django_assert_max_num_queries(6):
        assert plan_emails(now=NOON) == 30


def test_the_task_plans_and_sends(
    peaks: Peaks, wishes: AlertSettings, mailoutbox: list[Any]
) -> None:
    peaks()
    send_emails_task()
    assert len(mailoutbox) == 1
    wishes.refresh_from_db()
    assert wishes.emailed_seq == get_last_seq(user_id=wishes.user_id) == 1


@pytest.mark.parametrize("task", [send_emails_task, count_readings])
def test_the_tasks_are_scheduled_every_minute(settings: Settings, task: Any) -> None:
    assert settings.CELERY_BEAT_SCHEDULE[task.name]["schedule"] == 60
