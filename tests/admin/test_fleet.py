"""The fleet page."""

from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.fleet import overview
from monitoring.fleet.meters import count_meters, get_meters
from monitoring.fleet.rate import count_readings, get_inserted, get_rate
from monitoring.fleet.trend import Curve, get_trend
from monitoring.models import (
    QuarantinedReading,
    QuarantineTally,
    ReadingCount,
    ReadingImport,
    RegisterFall,
    SensorState,
)
from monitoring.templatetags import counts
from tests.admin.conftest import LISTS, email_to, quarantine
from tests.conftest import NOON, Store, make_sensor
from tests.servers import free_port, until, worker

FLEET = "/admin/"
RELEASE = "/admin/fleet/release/"
DISCARD = "/admin/fleet/discard/"
ENTRY = '<article class="fleet-entry"'


def show(client: Client, query: str = "") -> str:
    response = client.get(FLEET + query)
    assert response.status_code == HTTPStatus.OK
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def test_empty_fleet(as_administrator: Client) -> None:
    page = show(as_administrator)
    assert "There is nothing to decide." in page
    assert "No peaks yet." in page
    assert "No count in the last few minutes" in page
    assert page.count("There is no data yet.") == 2


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
    assert get_meters(now=now) is None
    count_readings(now=now)
    assert get_meters(now=now) == (2, 1, 2)
    page = show(as_administrator)
    assert "of 5 active, with a reading in the last hour" in page
    for life, count in (("live", 2), ("silent", 1), ("never", 2)):
        link = f"/admin/devices/sensor/?seen={life}&amp;is_active__exact=1"
        shown = f"<strong>{count}</strong>" if life == "live" else count
        assert f'<a href="{link}">{shown}</a>' in page
        answer = as_administrator.get(link.replace("&amp;", "&"))
        assert answer.context["cl"].result_count == count


def test_meter_that_sends_what_it_stored_is_heard_though_its_figures_are_old(
    as_alice: Client, meter: Sensor, store: Store
) -> None:
    store(meter, (0, 1.0), now=datetime.now(UTC))
    assert count_meters(now=datetime.now(UTC)) == (1, 0, 0)
    assert "1 meter has gone silent" in as_alice.get("/").content.decode()


def test_newest_peaks_and_register_falls(
    as_administrator: Client, meter: Sensor, store: Store
) -> None:
    store(meter, (0, 0.0), (30, 5.0), (60, 1.0))
    page = show(as_administrator)
    assert "10.00 kW" in page
    assert "Flat · Main meter" in page
    assert "alice@example.com" in page
    assert "5.00 kWh → 1.00 kWh" in page
    assert '<span class="badge warning">1</span>' in page
    RegisterFall.objects.update(decision=RegisterFall.Decision.RESET)
    page = show(as_administrator)
    assert "5.00 kWh → 1.00 kWh" not in page
    assert '<span class="badge">0</span>' in page


def test_fall_is_decided_on_the_fleet_page(
    as_administrator: Client, meter: Sensor, store: Store
) -> None:
    store(meter, (0, 0.0), (30, 5.0), (60, 1.0))
    fall = RegisterFall.objects.get()
    url = f"/admin/monitoring/registerfall/{fall.pk}/decide/"
    page = show(as_administrator)
    assert f'action="{url}"' in page
    assert f'href="/admin/monitoring/meterreplacement/add/?fall={fall.pk}' in page
    pressed = {"decision": "reset", "is_on_fleet": "on"}
    answer = as_administrator.post(url, pressed, follow=True)
    assert answer.redirect_chain == [(FLEET, HTTPStatus.FOUND)]
    assert "1 register fall: reset" in answer.text
    assert url not in answer.text


def test_emails_in_trouble(as_administrator: Client, alice: User, charlie: User) -> None:
    email_to(alice, "unknown")
    email_to(charlie, "waiting")
    page = show(as_administrator)
    assert "perhaps sent" in page
    assert "alice@example.com" in page
    assert "charlie@example.com" not in page
    assert '?state__exact=waiting">Waiting: 1</a>' in page


# --- Quarantine


def test_quarantine_by_reason_with_the_original(as_administrator: Client) -> None:
    quarantine(b"<script>\xff" + b"x" * 1000)
    entry = quarantine(b"{}")
    QuarantinedReading.objects.filter(pk=entry.pk).update(reason="conflict")
    page = show(as_administrator)
    assert '<a href="?reason=bad_shape">Not a reading: 1</a>' in page
    assert '<a href="?reason=conflict">Another value is stored for this time: 1</a>' in page
    assert r"&lt;script&gt;\xffxxx" in page
    assert "xxx…</pre>" in page
    one = show(as_administrator, "?reason=conflict")
    assert one.count(ENTRY) == 1
    assert ">{}</pre>" in one
    assert show(as_administrator, "?reason=nonsense").count(ENTRY) == 2


def test_counts_end_somewhere(as_administrator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "MAX_COUNTED", 1)
    quarantine()
    assert "Not a reading: 1<" in show(as_administrator)
    quarantine()
    assert "Not a reading: more than 1<" in show(as_administrator)
    assert "LIMIT 10001" in overview._WAITING


def test_release_shows_the_outcome(as_administrator: Client, administrator: User) -> None:
    entry = quarantine(b"{}")
    response = as_administrator.post(
        RELEASE, {"entry": entry.pk, "reason": "bad_shape"}, follow=True
    )
    assert response.redirect_chain == [(f"{FLEET}?reason=bad_shape", HTTPStatus.FOUND)]
    page = response.content.decode()
    assert f"Entry {entry.pk}: 0 readings stored, 1 back in quarantine (not a reading)" in page
    entry.refresh_from_db()
    assert (entry.decision, entry.decided_by) == ("released", administrator)


def test_discarded_entry_is_kept_and_no_longer_waits(
    as_administrator: Client, administrator: User
) -> None:
    entry = quarantine()
    page = as_administrator.post(DISCARD, {"entry": entry.pk}, follow=True).content.decode()
    assert f"Entry {entry.pk}: discarded" in page
    assert ENTRY not in page
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


# --- Readings per minute


def test_rate_is_between_the_newest_two_counts(as_administrator: Client, db: None) -> None:
    now = datetime.now(UTC)
    for minutes, inserted in ((90, 0), (4, 1000), (3, 5000), (2, 100), (1, 2100)):
        ReadingCount.objects.create(counted_at=now - timedelta(minutes=minutes), inserted=inserted)
    rate = get_rate(now=now)
    assert rate is not None
    assert round(rate.readings_a_minute) == 2000
    page = show(as_administrator)
    assert "<dd>2,000</dd>" in page
    assert get_rate(now=now + timedelta(minutes=3)) is None


@pytest.mark.django_db
def test_restarted_statistics_are_no_negative_rate() -> None:
    for minutes, inserted in ((2, 5000), (1, 100)):
        at = NOON - timedelta(minutes=minutes)
        ReadingCount.objects.create(counted_at=at, inserted=inserted)
    rate = get_rate(now=NOON)
    assert rate is not None
    assert rate.readings_a_minute == 0


@pytest.mark.django_db
def test_trend_is_the_mean_of_ten_minutes_and_has_gaps_where_nobody_counted() -> None:
    # From ten past ten to five past eleven nobody counted.
    for minutes, inserted, live in (
        (120, 0, 7),
        (115, 500, 7),
        (110, 1500, 9),
        (55, 9000, 5),
        (50, 9500, 4),
    ):
        ReadingCount.objects.create(
            counted_at=NOON - timedelta(minutes=minutes), inserted=inserted, live=live
        )
    ReadingCount.objects.create(counted_at=NOON - timedelta(hours=25), inserted=0, live=1000)
    trend = get_trend(now=NOON)
    assert len(trend.rate.values) == 144
    assert trend.rate.values[132:140] == [100, 200, None, None, None, None, None, 100]
    assert trend.rate.known == [100, 200, 100]
    assert trend.live.values[132:140] == [7, 9, None, None, None, None, 5, 4]
    assert (trend.live.lowest, trend.live.highest) == (4, 9)
    assert trend.rate.line == "M132 50.0 V50.0 h1 V0.0 h1 M139 50.0 V50.0 h1"


def test_empty_trend_draws_nothing() -> None:
    curve = Curve([None, None])
    assert (curve.line, curve.area, curve.highest) == ("", "", 0)
    assert Curve([0.0]).line == "M0 100 V100 h1"


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
    later_s = 24 * 3600 + 60
    count_readings(now=NOON + timedelta(seconds=later_s))
    assert counted_after_s() == [90, later_s]


@pytest.mark.django_db
def test_counts_of_two_workers_at_a_time_are_one() -> None:
    for seconds, inserted in ((0, 100), (60, 700), (60.01, 705), (120, 1300)):
        at = NOON + timedelta(seconds=seconds)
        ReadingCount.objects.create(counted_at=at, inserted=inserted)
    rate = get_rate(now=NOON + timedelta(seconds=120))
    assert rate is not None
    assert rate.readings_a_minute == 600


# --- Servers


def test_servers_and_queues(as_administrator: Client, purged_queue: None) -> None:
    page = show(as_administrator)
    for name in ("Database", "Message broker", "Redis"):
        assert f'<span>{name}</span><span class="badge">up</span>' in page
    assert '<th scope="row"><code>readings</code></th>' in page
    assert '<th scope="row"><code>readings.dead</code></th>' in page


def test_server_that_is_down_is_named_and_the_page_is_shown(
    as_administrator: Client, settings: Any
) -> None:
    settings.BROKER_URL = f"amqp://127.0.0.1:{free_port()}"
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}"
    page = show(as_administrator)
    assert page.count("down: see the web server's log") == 2
    assert "The broker does not report the state of its queues." in page


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


def test_bookmark_of_the_former_address_leads_there(as_administrator: Client) -> None:
    answer = as_administrator.get("/admin/fleet/")
    assert (answer.status_code, answer["Location"]) == (301, FLEET)


def test_all_lists_are_a_click_away_in_groups(as_administrator: Client) -> None:
    page = show(as_administrator)
    for name in LISTS:
        assert f'href="/admin/{name.replace("_", "/")}/"' in page
    assert "Axes" not in page
    assert "Failed logins" in page


def test_imports_are_shown_with_their_progress(as_administrator: Client, alice: User) -> None:
    ReadingImport.objects.create(
        user=alice, file_name="past.csv", state="running", size_bytes=4, done_bytes=1,
        rows_read=1500, created_at=NOON,
    )  # fmt: skip
    page = show(as_administrator)
    assert "past.csv" in page
    assert "25% · 1,500 rows" in page
    assert "data-unfinished" in page


def test_number_of_queries_does_not_grow_with_the_fleet(
    as_administrator: Client, alice: User, flat: Device, store: Store
) -> None:
    def count_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            show(as_administrator)
        return len(queries)

    def grow(number: int) -> None:
        for _ in range(number):
            sensor = make_sensor(flat)
            store(sensor, (0, 100.0), (60, 105.0), (120, 1.0))
            quarantine(sensor_uuid=sensor.uuid)
            ReadingImport.objects.create(user=alice, file_name="past.csv", created_at=NOON)

    email_to(alice, "unknown")
    grow(1)
    few = count_queries()
    grow(30)
    assert count_queries() == few
    assert few <= 20


def test_page_counts_no_sensor_and_reads_only_what_it_shows(as_administrator: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        show(as_administrator)
    assert not any("devices_sensor" in q["sql"] and "COUNT(" in q["sql"] for q in queries)
    counts_of_rows = [q["sql"] for q in queries if "COUNT(" in q["sql"]]
    assert all("LIMIT" in sql for sql in counts_of_rows if "notification" not in sql)


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
    assert f"?q={sensor}" in page
    assert "200,000 more on 10 Mar 2026 (UTC)" in page
    assert "5 more on 10 Mar 2026 (UTC)" in page
