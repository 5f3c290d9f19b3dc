"""Nothing is sent twice, nothing is lost in silence: with a real mail server that misbehaves."""

import json
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from subprocess import Popen
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from accounts.models import User
from devices.models import Sensor
from monitoring.ingest.publisher import publish_message
from monitoring.ingest.topology import routing_key_of
from monitoring.models import AlertEmail, AlertSettings
from monitoring.notifications.emails.planning import plan_emails
from monitoring.notifications.emails.sending import GIVE_UP_AFTER, LOST_AFTER, send_emails
from tests.conftest import NOON, Store, make_device, make_sensor
from tests.notifications.conftest import Peaks, Run, states, use
from tests.notifications.mail_server import ACCEPTED, MailServer, hang_up
from tests.servers import ROOT, free_port, test_database_environment, until, worker

AN_HOUR_LATER = {"hours": 1}


def test_is_received_whole(smtp: MailServer, peaks: Peaks, wishes: AlertSettings, run: Run) -> None:
    peaks()
    assert run() == 1
    (received,) = smtp.received
    assert received["To"] == "alice@example.com"
    assert "Flat" in received["Subject"]
    plain, html = received.get_body(("plain",)), received.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "Main meter" in plain.get_content()
    assert "Main meter" in html.get_content()
    email = AlertEmail.objects.get()
    assert (email.state, email.attempts, email.finished_at) == ("sent", 1, NOON)
    assert run(minutes=1) == 0
    assert len(smtp.received) == 1


def test_server_that_is_away_is_tried_again_later(
    settings: Settings, smtp: MailServer, peaks: Peaks, wishes: AlertSettings, run: Run
) -> None:
    use(settings, free_port())
    peaks()
    assert run() == 0
    email = AlertEmail.objects.get()
    assert (email.state, email.attempts) == ("waiting", 1)
    assert "refused" in email.detail
    use(settings, smtp.port)
    assert run(seconds=40) == 0  # the pause
    assert run(seconds=80) == 1
    assert len(smtp.received) == 1


def test_is_not_tried_again_in_quiet_hours(
    settings: Settings, smtp: MailServer, peaks: Peaks, wishes: AlertSettings, run: Run
) -> None:
    wishes.quiet_from, wishes.quiet_until = time(12, 1), time(18)
    wishes.save()
    use(settings, free_port())
    peaks()
    assert run() == 0
    use(settings, smtp.port)
    assert run(minutes=2) == 0
    email = AlertEmail.objects.get()
    assert (email.state, email.attempts, email.claimed_at) == ("waiting", 1, NOON)
    assert run(hours=5, minutes=59) == 0
    assert run(hours=6) == 1
    assert len(smtp.received) == 1


def test_server_that_is_away_is_asked_once_a_run(
    settings: Settings, peaks: Peaks, wishes: AlertSettings, run: Run, store: Store, charlie: User
) -> None:
    use(settings, free_port())
    AlertSettings.objects.create(user=charlie, emails="at_once")
    store(make_sensor(make_device(charlie)), (0, 0.0), (30, 9.0))
    peaks()
    run()
    assert sorted(AlertEmail.objects.values_list("attempts", flat=True)) == [0, 1]
    assert states() == ["waiting", "waiting"]


def test_pauses_grow_until_it_is_given_up(
    settings: Settings, peaks: Peaks, wishes: AlertSettings, run: Run
) -> None:
    use(settings, free_port())
    peaks()
    now, pauses = timedelta(0), []
    while True:
        run(seconds=now.total_seconds())
        email = AlertEmail.objects.get()
        if email.state != "waiting":
            break
        pauses.append((email.not_before - NOON - now) / timedelta(minutes=1))
        now = email.not_before - NOON
    for pause, (low, high) in zip(pauses, BOUNDS, strict=False):
        assert low <= pause <= high
    assert email.state == "failed"
    assert GIVE_UP_AFTER < now < GIVE_UP_AFTER + timedelta(hours=2)


#: Minutes: 1, 2, 4, … 60, each a quarter more or less.
BOUNDS = [(0.75 * pause, 1.25 * pause) for pause in (1, 2, 4, 8, 16, 32, 60, 60, 60)]


@pytest.mark.parametrize("code", ["450 mailbox busy", "421 shutting down"])
def test_temporary_refusal_is_tried_again(
    smtp: MailServer, peaks: Peaks, wishes: AlertSettings, run: Run, code: str
) -> None:
    smtp.answer_to_recipient = code
    peaks()
    assert run() == 0
    assert states() == ["waiting"]
    smtp.answer_to_recipient = ACCEPTED
    assert run(**AN_HOUR_LATER) == 1


def test_final_refusal_is_final(
    smtp: MailServer, peaks: Peaks, wishes: AlertSettings, run: Run
) -> None:
    smtp.answer_to_recipient = "550 no such mailbox"
    peaks()
    run()
    email = AlertEmail.objects.get()
    assert email.state == "failed"
    assert "no such mailbox" in email.detail
    smtp.answer_to_recipient = ACCEPTED
    assert run(**AN_HOUR_LATER) == 0


@pytest.mark.parametrize(
    ("answer", "state"), [("451 try later", "waiting"), ("554 looks like spam", "failed")]
)
def test_refused_text_is_not_sent(
    smtp: MailServer, peaks: Peaks, wishes: AlertSettings, run: Run, answer: str, state: str
) -> None:
    smtp.answer_to_data = lambda server: answer
    peaks()
    run()
    assert states() == [state]


def test_connection_dropped_before_the_text_is_tried_again(
    smtp: MailServer, peaks: Peaks, wishes: AlertSettings, run: Run
) -> None:
    smtp.answer_to_mail = hang_up
    peaks()
    run()
    assert states() == ["waiting"]
    smtp.answer_to_mail = lambda server: ACCEPTED
    assert run(**AN_HOUR_LATER) == 1
    assert len(smtp.received) == 1


def _hangs_up(server: MailServer) -> None:
    server.answer_to_data = hang_up


def _falls_silent(server: MailServer) -> None:
    server.silence_s = 1.5  # the platform waits half a second


@pytest.mark.parametrize("misbehave", [_hangs_up, _falls_silent])
def test_what_was_perhaps_sent_is_never_sent_again(
    smtp: MailServer,
    peaks: Peaks,
    wishes: AlertSettings,
    run: Run,
    misbehave: Callable[[MailServer], None],
) -> None:
    misbehave(smtp)
    peaks()
    assert run() == 0
    email = AlertEmail.objects.get()
    assert email.state == "unknown"
    assert email.detail
    assert run(**AN_HOUR_LATER) == 0
    assert run(days=1) == 0
    assert len(smtp.received) == 1


def test_one_bad_email_does_not_cost_the_next(
    smtp: MailServer, peaks: Peaks, wishes: AlertSettings, run: Run, store: Store, charlie: User
) -> None:
    AlertSettings.objects.create(user=charlie, emails="at_once")
    store(make_sensor(make_device(charlie)), (0, 0.0), (30, 9.0))
    peaks()
    smtp.answer_to_data = lambda server: ACCEPTED if len(smtp.received) > 1 else hang_up(server)
    assert run() == 1
    assert sorted(states()) == ["sent", "unknown"]
    assert len({received["To"] for received in smtp.received}) == 2


def test_connection_that_died_between_two_emails_is_opened_again(
    smtp: MailServer, peaks: Peaks, wishes: AlertSettings, run: Run, store: Store, charlie: User
) -> None:
    AlertSettings.objects.create(user=charlie, emails="at_once")
    store(make_sensor(make_device(charlie)), (0, 0.0), (30, 9.0))
    peaks()
    seen: list[Any] = []

    def refuse_the_second(server: Any) -> str:
        seen.append(server)
        return hang_up(server) if len(seen) == 2 else ACCEPTED

    smtp.answer_to_mail = refuse_the_second
    assert run() == 1
    assert sorted(states()) == ["sent", "waiting"]
    assert run(**AN_HOUR_LATER) == 1
    assert len(smtp.received) == 2


@pytest.mark.django_db(transaction=True)
def test_several_workers_send_each_email_once(
    smtp: MailServer, store: Store, settings: Settings
) -> None:
    settings.EMAIL_TIMEOUT = 10
    for number in range(20):
        user = User.objects.create_user(f"user{number}@example.com")
        AlertSettings.objects.create(user=user, emails="at_once")
        store(make_sensor(make_device(user)), (0, 0.0), (30, 9.0))
    smtp.silence_s = 0.02
    counts: list[int] = []

    def work() -> None:
        try:
            plan_emails(now=NOON)
            counts.append(send_emails(clock=lambda: NOON))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # What was planned last may be left to the next run.
    counts.append(send_emails(clock=lambda: NOON))
    assert sum(counts) == 20
    assert len({received["To"] for received in smtp.received}) == len(smtp.received) == 20
    assert set(states()) == {"sent"}


@pytest.mark.django_db(transaction=True)
def test_worker_sends_soon_after_the_peak(
    smtp: MailServer, meter: Sensor, wishes: AlertSettings, purged_queue: None
) -> None:
    now = datetime.now(UTC)  # of old peaks there are no emails
    readings = [[(now - timedelta(minutes=30)).isoformat(), 0], [now.isoformat(), 3]]
    body = json.dumps([[at, str(meter.uuid), energy_kwh] for at, energy_kwh in readings])
    with worker(EMAIL_URL=f"smtp://127.0.0.1:{smtp.port}"):
        publish_message(body.encode(), routing_key_of(str(meter.uuid)))
        until(lambda: states() == ["sent"], what="the email is sent")
    assert len(smtp.received) == 1


@pytest.mark.django_db(transaction=True)
def test_process_killed_in_the_middle_leaves_it_perhaps_sent(
    smtp: MailServer, peaks: Peaks, wishes: AlertSettings
) -> None:
    smtp.silence_s = 3
    peaks()
    code = "import django; django.setup(); from monitoring.tasks import send_emails; send_emails()"
    environment = {
        **test_database_environment(),
        "DJANGO_SETTINGS_MODULE": "energy.settings",
        "EMAIL_URL": f"smtp://127.0.0.1:{smtp.port}",
    }
    with Popen([sys.executable, "-c", code], cwd=ROOT, env=environment) as process:
        try:
            until(smtp.has_received.is_set, what="the mail server has the text")
        finally:
            process.kill()
    assert states() == ["sending"]
    started_at = datetime.now(UTC)
    assert send_emails(clock=lambda: started_at) == 0
    assert states() == ["sending"]  # it may yet be alive
    assert send_emails(clock=lambda: started_at + LOST_AFTER) == 0
    assert states() == ["unknown"]
    assert len(smtp.received) == 1
