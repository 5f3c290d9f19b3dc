"""The fleet page."""

from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.fleet import overview
from monitoring.fleet.rate import count_readings, get_inserted, get_rate
from monitoring.models import (
    QuarantinedReading,
    QuarantineTally,
    ReadingCount,
    RegisterFall,
    SensorState,
)
from tests.admin.conftest import email_to, quarantine
from tests.conftest import NOON, Store, make_sensor
from tests.servers import free_port, until, worker

FLEET = "/admin/fleet/"
RELEASE = "/admin/fleet/release/"
DISCARD = "/admin/fleet/discard/"


def show(client: Client, query: str = "") -> str:
    response = client.get(FLEET + query)
    assert response.status_code == HTTPStatus.OK
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def test_empty_fleet(as_administrator: Client) -> None:
    page = show(as_administrator)
    assert "Nothing waits for a decision." in page
    assert "No peak so far." in page
    assert "Readings have not been counted in the last minutes" in page


def test_meters_by_what_was_last_heard_of_them(as_administrator: Client, flat: Device) -> None:
    now = datetime.now(UTC)
    for minutes in (1, 59, 61, None):  # None: locked once, never stored
        at = None if minutes is None else now - timedelta(minutes=minutes)
        SensorState.objects.create(
            sensor=make_sensor(flat), received_at=at, max_power_kw=4, is_active=True
        )
    make_sensor(flat)
    inactive = make_sensor(flat)
    Sensor.objects.filter(pk=inactive.pk).update(is_active=False)
    assert overview.get_meters(now=now) == (2, 1, 2)
    page = show(as_administrator)
    for life, count in (("live", 2), ("silent", 1), ("never", 2)):
        link = f"/admin/devices/sensor/?seen={life}&amp;is_active__exact=1"
        assert f'<a href="{link}">{count}</a>' in page
        answer = as_administrator.get(link.replace("&amp;", "&"))
        assert answer.context["cl"].result_count == count


def test_meter_that_sends_what_it_stored_is_heard_though_its_figures_are_old(
    as_administrator: Client, as_alice: Client, meter: Sensor, store: Store
) -> None:
    store(meter, (0, 1.0), now=datetime.now(UTC))
    assert overview.get_meters(now=datetime.now(UTC)).live == 1
    assert "within the hour. Its client's pages go by when that was measured." in show(
        as_administrator
    ).replace("&#x27;", "'")
    assert "1 meter has gone silent" in as_alice.get("/").content.decode()


def test_newest_peaks_and_register_falls(
    as_administrator: Client, meter: Sensor, store: Store
) -> None:
    store(meter, (0, 0.0), (30, 5.0), (60, 1.0))
    page = show(as_administrator)
    assert "10.00 kW" in page
    assert "Flat · Main meter" in page
    assert "alice@example.com" in page
    waiting = '<a href="/admin/monitoring/registerfall/?decision=undecided">1 register fall waits'
    assert waiting in page
    RegisterFall.objects.update(decision=RegisterFall.Decision.RESET)
    assert "0 register falls wait" in show(as_administrator)


def test_emails_in_trouble(as_administrator: Client, alice: User, charlie: User) -> None:
    email_to(alice, "unknown")
    email_to(charlie, "waiting")
    page = show(as_administrator)
    assert "perhaps sent" in page
    assert "alice@example.com" in page
    assert "charlie@example.com" not in page
    assert '?state__exact=waiting">1 waits</a>' in page


# --- Quarantine


def test_quarantine_by_reason_with_the_original(as_administrator: Client) -> None:
    quarantine(b"<script>\xff" + b"x" * 1000)
    entry = quarantine(b"{}")
    QuarantinedReading.objects.filter(pk=entry.pk).update(reason="conflict")
    page = show(as_administrator)
    assert '<a href="?reason=bad_shape">not a reading: 1</a>' in page
    assert '<a href="?reason=conflict">another value is stored for this time: 1</a>' in page
    assert r"&lt;script&gt;\xffxxx" in page
    assert "xxx…</pre>" in page
    one = show(as_administrator, "?reason=conflict")
    assert one.count("<article") == 1
    assert ">{}</pre>" in one
    assert show(as_administrator, "?reason=nonsense").count("<article") == 2


def test_counts_end_somewhere(as_administrator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "MAX_COUNTED", 1)
    quarantine()
    assert "not a reading: 1 or more" in show(as_administrator)
    assert "LIMIT 10000" in overview._WAITING


def test_release_shows_the_outcome(as_administrator: Client, administrator: User) -> None:
    entry = quarantine(b"{}")
    response = as_administrator.post(
        RELEASE, {"entry": entry.pk, "reason": "bad_shape"}, follow=True
    )
    assert response.redirect_chain == [(f"{FLEET}?reason=bad_shape", HTTPStatus.FOUND)]
    page = response.content.decode()
    assert f"Entry {entry.pk}: 0 readings stored, 1 in quarantine again (not a reading)" in page
    entry.refresh_from_db()
    assert (entry.decision, entry.decided_by) == ("released", administrator)


def test_discarded_entry_is_kept_and_no_longer_waits(
    as_administrator: Client, administrator: User
) -> None:
    entry = quarantine()
    page = as_administrator.post(DISCARD, {"entry": entry.pk}, follow=True).content.decode()
    assert f"Entry {entry.pk}: discarded" in page
    assert "<article" not in page
    entry.refresh_from_db()
    assert (entry.decision, entry.decided_by) == ("discarded", administrator)
    assert entry.decided_at is not None


def test_second_decision_is_refused_with_the_reason(as_administrator: Client) -> None:
    entry = quarantine()
    as_administrator.post(RELEASE, {"entry": entry.pk})
    page = as_administrator.post(DISCARD, {"entry": entry.pk}, follow=True).content.decode()
    assert "It has been decided already." in page


def test_cut_entry_has_no_button_to_release(as_administrator: Client) -> None:
    entry = quarantine()
    QuarantinedReading.objects.filter(pk=entry.pk).update(raw_size_bytes=9999)
    page = show(as_administrator)
    assert ">Release<" not in page
    assert ">Discard<" in page


@pytest.mark.parametrize("path", [RELEASE, DISCARD])
@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({}, HTTPStatus.BAD_REQUEST),
        ({"entry": "x"}, HTTPStatus.BAD_REQUEST),
        ({"entry": 2**63}, HTTPStatus.BAD_REQUEST),
        ({"entry": 1, "reason": "//evil.example"}, HTTPStatus.BAD_REQUEST),
        ({"entry": 2**62}, HTTPStatus.NOT_FOUND),
    ],
)
def test_nonsense_decides_nothing(
    as_administrator: Client, path: str, data: dict[str, Any], status: HTTPStatus
) -> None:
    assert as_administrator.post(path, data).status_code == status


def test_many_are_decided_in_the_list(as_administrator: Client) -> None:
    entries = [quarantine(), quarantine(), quarantine()]
    url = "/admin/monitoring/quarantinedreading/"
    assert as_administrator.get(url, {"decision": "waiting"}).context["cl"].result_count == 3
    for action, entry in (("release_selected", entries[0]), ("discard_selected", entries[1])):
        as_administrator.post(url, {"action": action, "_selected_action": [entry.pk]})
    decisions = QuarantinedReading.objects.order_by("pk").values_list("decision", flat=True)
    assert list(decisions) == ["released", "discarded", "", ""]  # what was released came back
    for decision, count in (("waiting", 2), ("released", 1), ("discarded", 1)):
        answer = as_administrator.get(url, {"decision": decision})
        assert answer.context["cl"].result_count == count


# --- Readings a minute


def test_rate_is_between_the_newest_two_counts(as_administrator: Client, db: None) -> None:
    now = datetime.now(UTC)
    for minutes, inserted in ((90, 0), (4, 1000), (3, 5000), (2, 100), (1, 2100)):
        ReadingCount.objects.create(counted_at=now - timedelta(minutes=minutes), inserted=inserted)
    rate = get_rate(now=now)
    assert rate is not None
    # What is older than an hour counts for nothing, nor does a restart of the statistics.
    assert (round(rate.now), round(rate.highest)) == (2000, 4000)
    page = show(as_administrator)
    assert "<dd>2,000</dd>" in page
    assert "was 4,000 a minute" in page
    assert get_rate(now=now + timedelta(minutes=3)) is None


@pytest.mark.django_db
def test_restarted_statistics_are_no_negative_rate() -> None:
    for minutes, inserted in ((2, 5000), (1, 100)):
        at = NOON - timedelta(minutes=minutes)
        ReadingCount.objects.create(counted_at=at, inserted=inserted)
    rate = get_rate(now=NOON)
    assert rate is not None
    assert (rate.now, rate.highest) == (0, 0)


@pytest.mark.django_db
def test_one_count_is_no_rate() -> None:
    ReadingCount.objects.create(counted_at=NOON, inserted=100)
    assert get_rate(now=NOON) is None


@pytest.mark.django_db(transaction=True)
def test_counts_what_the_database_inserted(meter: Sensor, store: Store) -> None:
    def inserted() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_force_next_flush()")
        return get_inserted()

    before = inserted()
    store(meter, (0, 1.0), (1, 1.1), (2, 1.2))
    store(meter, (1, 1.1))  # a repeat
    until(lambda: inserted() == before + 3, what="the statistics tell of three readings")
    count_readings(now=NOON)
    assert ReadingCount.objects.get().inserted == before + 3


@pytest.mark.django_db
def test_counts_once_a_minute_and_forgets() -> None:
    def counted_after_s() -> list[float]:
        times = ReadingCount.objects.order_by("counted_at").values_list("counted_at", flat=True)
        return [(at - NOON).total_seconds() for at in times]

    for seconds in (0, 39, 40, 90):
        count_readings(now=NOON + timedelta(seconds=seconds))
    assert counted_after_s() == [0, 40, 90]
    count_readings(now=NOON + timedelta(seconds=3660))
    assert counted_after_s() == [90, 3660]


@pytest.mark.django_db
def test_counts_of_two_workers_at_a_time_are_one() -> None:
    for seconds, inserted in ((0, 100), (60, 700), (60.01, 705), (120, 1300)):
        at = NOON + timedelta(seconds=seconds)
        ReadingCount.objects.create(counted_at=at, inserted=inserted)
    rate = get_rate(now=NOON + timedelta(seconds=120))
    assert rate is not None
    assert (rate.now, rate.highest) == (600, 600)


# --- Servers


def test_servers_and_queues(as_administrator: Client, purged_queue: None) -> None:
    page = show(as_administrator)
    for name in ("database", "message broker", "Redis"):
        assert f'<th scope="row">{name}</th><td>up</td>' in page
    assert '<th scope="row"><code>readings</code></th>' in page
    assert '<th scope="row"><code>readings.dead</code></th>' in page


def test_server_that_is_down_is_named_and_the_page_is_shown(
    as_administrator: Client, settings: Any
) -> None:
    settings.BROKER_URL = f"amqp://127.0.0.1:{free_port()}"
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}"
    page = show(as_administrator)
    assert page.count("down: the log of the web server says why") == 2
    assert "The broker does not tell the state of its queues." in page


@pytest.mark.django_db(transaction=True)
def test_workers_are_seen(as_administrator: Client, purged_queue: None) -> None:
    def consumers() -> dict[str, Any]:
        queues = as_administrator.get(FLEET).context["queues"]
        return {queue.name: queue.consumers for queue in queues}

    assert consumers()["readings"] == 0
    with worker():
        until(
            lambda: (consumers()["readings"], consumers().get("celery")) == (1, 1),
            what="a worker takes readings and tasks",
        )


# --- Who may


def test_others_are_sent_to_the_login(as_alice: Client, client: Client) -> None:
    entry = quarantine()
    for visitor in (as_alice, client):
        answer = visitor.get(FLEET)
        assert answer.headers["Location"] == f"/admin/login/?next={FLEET}"
        for path in (RELEASE, DISCARD):
            answer = visitor.post(path, {"entry": entry.pk})
            assert answer.headers["Location"] == f"/admin/login/?next={path}"
    entry.refresh_from_db()
    assert entry.decision == ""


def test_wrong_method(as_administrator: Client) -> None:
    assert as_administrator.post(FLEET).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    for path in (RELEASE, DISCARD):
        assert as_administrator.get(path).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_administration_leads_there(as_administrator: Client) -> None:
    assert f'<a href="{FLEET}">Fleet</a>' in as_administrator.get("/admin/").content.decode()


def test_number_of_queries(
    as_administrator: Client,
    alice: User,
    flat: Device,
    store: Store,
    django_assert_max_num_queries: Any,
) -> None:
    for _ in range(30):
        sensor = make_sensor(flat)
        store(sensor, (0, 100.0), (60, 105.0), (120, 1.0))
        quarantine(sensor_uuid=sensor.uuid)
    email_to(alice, "unknown")
    with django_assert_max_num_queries(15):
        show(as_administrator)


def test_what_is_beyond_the_quarantines_caps_is_shown(as_administrator: Client) -> None:
    sensor = UUID(int=7)
    for sensor_uuid, beyond in ((sensor, 199_000), (sensor, 1_000), (UUID(int=0), 5), (sensor, 0)):
        QuarantineTally.objects.create(
            day=date(2026, 3, 10),
            reason="bad_value",
            sensor_uuid=sensor_uuid,
            kept=1500,
            beyond=beyond,
        )
    page = show(as_administrator)
    assert "200,005 more were only counted." in page
    cells = f"{sensor}</a></td><td>200,000</td>"
    assert cells in page
    assert "<td>any</td><td>5</td>" in page
