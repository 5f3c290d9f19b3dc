"""The page of alerts."""

from datetime import datetime, timedelta
from html import unescape
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.models import Notification, Peak
from monitoring.pages import alert_list, alerts
from tests.conftest import NOON, Store, make_device, make_sensor
from tests.pages.conftest import StoreAgo

ALERTS = "/alerts/"
MARK_READ = "/alerts/read/"
ACKNOWLEDGE = "/alerts/acknowledge/"
DAY = 24 * 60  # minutes


def show(client: Client, query: str = "") -> str:
    response = client.get(ALERTS + query)
    assert response.status_code == HTTPStatus.OK
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def shown_seqs(client: Client, query: str = "") -> list[int]:
    page = client.get(ALERTS + query).context["page"]
    return [card.group.last_seq for card in page.cards]


def get_unread(user: User) -> list[int]:
    unread = Notification.objects.filter(user=user, read_at__isnull=True)
    return list(unread.order_by("seq").values_list("seq", flat=True))


@pytest.fixture
def three_peaks(meter: Sensor, store: Store) -> None:
    """Of 6, 8 and 12 kW (the limit is 4), a day apart."""
    store(meter, (0, 0.0), (30, 3.0), (DAY, 3.0), (DAY + 30, 7.0))
    store(meter, (2 * DAY, 7.0), (2 * DAY + 30, 13.0))


def test_says_when_where_how_high_and_how_long(
    as_alice: Client, alice: User, three_peaks: None
) -> None:
    User.objects.update(time_zone="Europe/Bucharest")
    page = show(as_alice)
    assert "Flat · Main meter" in page
    assert "12.00 kW" in page
    assert "limit 4 kW" in page
    assert "+200%" in page
    assert "12 Mar 2026, 14:00–14:30</time> · 30 min" in page
    assert page.index("12.00 kW") < page.index("8.00 kW") < page.index("6.00 kW")
    assert "<title>(3) Alerts · Energy</title>" in page


def test_short_peak_shows_its_seconds(as_alice: Client, meter: Sensor, store: Store) -> None:
    store(meter, (0, 0.0), (0.25, 0.1))
    assert "10 Mar 2026, 12:00:00–12:00:15</time> · 15 s" in show(as_alice)


def test_peak_over_midnight_shows_both_days(as_alice: Client, meter: Sensor, store: Store) -> None:
    store(meter, (700, 0.0), (740, 9.0))
    assert "10 Mar 2026, 23:40–11 Mar 2026, 00:20" in show(as_alice)


def test_one_alert_grows_while_its_peak_goes_on(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    store_ago(meter, (30, 0.0), (20, 1.0))
    assert "ongoing" not in show(as_alice).replace("data-goes-on", "")
    assert "· 10 min" in show(as_alice)
    store_ago(meter, (10, 3.0))
    page = show(as_alice)
    assert page.count("· 20 min") == 1
    assert "· 10 min" not in page
    assert "12.00 kW" in page
    assert '<span class="badge danger">ongoing</span>' in page
    store_ago(meter, (5, 3.0))
    assert '<span class="badge danger">ongoing</span>' not in show(as_alice)


def test_withdrawn_peak_says_so(as_alice: Client, three_peaks: None) -> None:
    Peak.objects.filter(power_kw=6).update(superseded_at=NOON)
    page = show(as_alice)
    assert "Withdrawn: a late reading showed that there was no peak." in page
    assert "Joined" not in page


def test_merged_peak_says_so(as_alice: Client, three_peaks: None) -> None:
    into = Peak.objects.get(power_kw=6)
    Peak.objects.filter(power_kw=8).update(superseded_at=NOON, merged_into=into)
    page = show(as_alice)
    assert "Merged with an earlier peak" in page
    assert "Withdrawn" not in page


@pytest.mark.parametrize(
    ("query", "seqs"),
    [
        ("", [3, 2, 1]),
        ("?show=unread", [3, 2]),
        ("?show=unacknowledged", [3, 1]),
        ("?since=2026-03-10&until=2026-03-10", [1]),
        ("?since=2026-03-11", [3, 2]),
        ("?until=2026-03-09", []),
        ("?until=9999-12-31", [3, 2, 1]),
        ("?before=3", [2, 1]),
        ("?after=1", [3, 2]),
        ("?before=x&after=-1", [3, 2, 1]),
        (f"?before={2**63}", [3, 2, 1]),
        ("?show=nonsense&device=999&since=soon", [3, 2, 1]),
    ],
)
def test_filters(as_alice: Client, three_peaks: None, query: str, seqs: list[int]) -> None:
    Notification.objects.filter(seq=1).update(read_at=NOON)
    Notification.objects.filter(seq=2).update(acknowledged_at=NOON)
    assert shown_seqs(as_alice, query) == seqs


def test_days_of_the_filter_are_those_of_the_reader(
    as_alice: Client, three_peaks: None, alice: User
) -> None:
    User.objects.update(time_zone="Pacific/Kiritimati")  # 14 h ahead: the first is on the 11th
    assert shown_seqs(as_alice, "?since=2026-03-11&until=2026-03-11") == [1]
    assert shown_seqs(as_alice, "?until=2026-03-10") == []


def test_filter_by_device(as_alice: Client, alice: User, three_peaks: None, store: Store) -> None:
    workshop = make_device(alice, "Workshop")
    store(make_sensor(workshop, "Saw"), (0, 0.0), (30, 3.0))
    assert shown_seqs(as_alice, f"?device={workshop.pk}") == [4]
    page = show(as_alice, f"?device={workshop.pk}&show=unread")
    assert "Saw" in page
    assert "data-newest" not in page  # what comes live may not belong on it


def test_only_own_devices_can_be_chosen(as_charlie: Client, flat: Device) -> None:
    page = show(as_charlie, f"?device={flat.pk}")
    assert "Flat" not in page
    assert "errorlist" in page


def test_filter_that_finds_nothing_says_so(as_alice: Client, three_peaks: None) -> None:
    page = show(as_alice, "?since=2030-01-01")
    assert "No matching alerts" in page
    assert "Nothing to report" not in page


def test_pages_lead_on_and_back_without_counting(
    as_alice: Client, meter: Sensor, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alert_list, "CARDS_A_PAGE", 2)
    for day in range(5):
        store(meter, (DAY * day, 5.0 * day), (DAY * day + 30, 5.0 * day + 5))
    assert shown_seqs(as_alice) == [5, 4]
    first = show(as_alice, "?show=unread")
    assert 'href="?show=unread&amp;before=4"' in first
    assert "Newer" not in first
    assert shown_seqs(as_alice, "?before=4") == [3, 2]
    middle = show(as_alice, "?before=4")
    assert 'href="?after=3"' in middle
    assert 'href="?before=2"' in middle
    assert shown_seqs(as_alice, "?before=2") == [1]
    assert 'rel="next"' not in show(as_alice, "?before=2")
    assert shown_seqs(as_alice, "?after=1") == [3, 2]
    assert shown_seqs(as_alice, "?after=3") == [5, 4]
    assert "Newer" not in show(as_alice, "?after=3")


def test_mark_one_read(as_alice: Client, alice: User, three_peaks: None) -> None:
    response = as_alice.post(MARK_READ, {"seq": 2})
    assert response.headers["Location"] == ALERTS
    assert get_unread(alice) == [1, 3]


def test_acknowledging_also_reads(as_alice: Client, alice: User, three_peaks: None) -> None:
    response = as_alice.post(ACKNOWLEDGE, {"seq": 2})
    assert response.headers["Location"] == ALERTS
    assert Notification.objects.get(seq=2).acknowledged_at is not None
    assert get_unread(alice) == [1, 3]
    page = show(as_alice)
    assert page.count('<span class="badge">Acknowledged</span>') == 1
    assert page.count("Acknowledge<") == 2


@pytest.mark.parametrize("path", [MARK_READ, ACKNOWLEDGE])
def test_the_first_time_counts(as_alice: Client, three_peaks: None, path: str) -> None:
    Notification.objects.filter(seq=2).update(read_at=NOON, acknowledged_at=NOON)
    as_alice.post(path, {"seq": 2})
    alert = Notification.objects.get(seq=2)
    assert (alert.read_at, alert.acknowledged_at) == (NOON, NOON)


def test_mark_all_read_spares_what_came_after_the_page(
    as_alice: Client, alice: User, three_peaks: None
) -> None:
    page = show(as_alice)
    assert 'name="up_to_seq" value="3"' in page
    as_alice.post(MARK_READ, {"up_to_seq": 2})
    assert get_unread(alice) == [3]


def press_mark_all_read(client: Client, query: str) -> None:
    """Shows the page and sends its form as a browser does."""
    form = show(client, query).split('id="mark-all-read"')[1].split("</form>")[0]
    action = unescape(form.split('action="')[1].split('"')[0])
    up_to_seq = form.split('name="up_to_seq" value="')[1].split('"')[0]
    back = unescape(form.split('name="back" value="')[1].split('"')[0])
    response = client.post(action, {"up_to_seq": up_to_seq, "back": back})
    assert response.headers["Location"] == ALERTS + query


@pytest.mark.parametrize(
    ("query", "unread"),
    [
        ("", []),
        ("?before=2", []),
        ("?show=unacknowledged", [2]),
        ("?since=2026-03-11", [1, 4]),
        ("?until=2026-03-10", [2, 3]),
        ("?show=nonsense", []),
    ],
)
def test_mark_all_read_marks_what_the_filter_leaves(
    as_alice: Client, alice: User, three_peaks: None, store: Store, query: str, unread: list[int]
) -> None:
    store(make_sensor(make_device(alice, "Workshop"), "Saw"), (0, 0.0), (30, 3.0))
    Notification.objects.filter(seq=2).update(acknowledged_at=NOON)
    press_mark_all_read(as_alice, query)
    assert get_unread(alice) == unread


def test_mark_all_read_spares_other_devices(
    as_alice: Client, alice: User, three_peaks: None, store: Store
) -> None:
    workshop = make_device(alice, "Workshop")
    store(make_sensor(workshop, "Saw"), (0, 0.0), (30, 3.0))
    press_mark_all_read(as_alice, f"?device={workshop.pk}")
    assert get_unread(alice) == [1, 2, 3]


def test_alert_that_came_after_the_list_was_read_comes_over_the_socket_and_stays_unread(
    as_alice: Client,
    alice: User,
    meter: Sensor,
    store: Store,
    three_peaks: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def read_then_store(**arguments: Any) -> alert_list.AlertPage:
        page = alert_list.get_alert_page(**arguments)
        store(meter, (3 * DAY, 13.0), (3 * DAY + 30, 16.0))
        return page

    monkeypatch.setattr(alerts, "get_alert_page", read_then_store)
    page = show(as_alice)
    assert page.count('<li class="card notification is-unread" data-seq=') == 3
    assert 'data-after="3"' in page
    assert 'name="up_to_seq" value="3"' in page


@pytest.mark.parametrize("path", [MARK_READ, ACKNOWLEDGE])
@pytest.mark.parametrize(
    ("back", "location"),
    [
        ("/alerts/?show=unread&before=2", "/alerts/?show=unread&before=2"),
        ("/alerts/1/", "/alerts/1/"),
        ("//evil.example/", ALERTS),
        ("https://evil.example/", ALERTS),
        ("javascript:alert(1)", ALERTS),
        ("", ALERTS),
    ],
)
def test_leads_back_to_where_the_button_was(
    as_alice: Client, three_peaks: None, path: str, back: str, location: str
) -> None:
    response = as_alice.post(path, {"seq": 1, "back": back})
    assert response.headers["Location"] == location


@pytest.mark.parametrize("path", [MARK_READ, ACKNOWLEDGE])
@pytest.mark.parametrize("data", [{"seq": "x"}, {"seq": -1}, {"up_to_seq": 2**63}, {}])
def test_nonsense_changes_nothing(
    as_alice: Client, alice: User, three_peaks: None, path: str, data: dict[str, Any]
) -> None:
    assert as_alice.post(path, data).status_code == HTTPStatus.BAD_REQUEST
    assert get_unread(alice) == [1, 2, 3]


def test_outsider_sees_and_changes_nothing(
    as_charlie: Client, as_administrator: Client, alice: User, three_peaks: None
) -> None:
    for client in (as_charlie, as_administrator):
        assert "Nothing to report" in show(client)
        assert "Main meter" not in show(client)
        for path in (MARK_READ, ACKNOWLEDGE):
            assert client.post(path, {"seq": 1}).status_code == HTTPStatus.NOT_FOUND
        client.post(MARK_READ, {"up_to_seq": 3})
    assert get_unread(alice) == [1, 2, 3]
    assert not Notification.objects.filter(acknowledged_at__isnull=False).exists()


def test_empty_list_says_what_will_come(as_alice: Client) -> None:
    page = show(as_alice)
    assert 'id="no-notifications" data-fresh class="card empty">' in page
    assert "Nothing to report" in page
    assert 'id="mark-all-read" data-fresh method="post" action="/alerts/read/" hidden>' in page
    assert "data-newest" in page


@pytest.mark.django_db
@pytest.mark.parametrize("path", [ALERTS, MARK_READ, ACKNOWLEDGE])
def test_anonymous_is_asked_to_log_in(client: Client, path: str) -> None:
    ask = client.get if path == ALERTS else client.post
    assert ask(path).headers["Location"] == f"/accounts/login/?next={path}"


def test_wrong_method(as_alice: Client) -> None:
    assert as_alice.post(ALERTS).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    for path in (MARK_READ, ACKNOWLEDGE):
        assert as_alice.get(path).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_old_address_leads_on(as_alice: Client) -> None:
    response = as_alice.get("/notifications/")
    assert response.status_code == HTTPStatus.MOVED_PERMANENTLY
    assert response.headers["Location"] == ALERTS


@pytest.mark.parametrize("devices", [1, 100])
def test_queries_do_not_grow_with_devices(
    as_alice: Client,
    alice: User,
    store: Store,
    django_assert_max_num_queries: Any,
    devices: int,
) -> None:
    for number in range(devices):
        store(make_sensor(make_device(alice, f"Flat {number}")), (0, 0.0), (30, 9.0))
    with django_assert_max_num_queries(8) as queries:
        show(as_alice)
    counts = [query["sql"] for query in queries.captured_queries if "COUNT(" in query["sql"]]
    assert len(counts) == 1  # of the unread ones, from their index


def test_peak_of_a_meter_fallen_silent_does_not_go_on(meter: Sensor, store_ago: StoreAgo) -> None:
    store_ago(meter, (30, 0.0), (20, 5.0))
    notification = Notification.objects.select_related("peak__sensor__state").get()
    ended_at: datetime = notification.peak.ended_at
    soon, late = ended_at + timedelta(minutes=15), ended_at + timedelta(minutes=16)
    assert alert_list.as_alert(notification, now=soon).goes_on
    assert not alert_list.as_alert(notification, now=late).goes_on
