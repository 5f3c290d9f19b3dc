"""The page of notifications."""

from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from devices.models import Sensor
from monitoring.models import Notification, Peak
from tests.conftest import NOON, Store, make_device, make_sensor

NOTIFICATIONS = "/notifications/"
MARK_READ = "/notifications/read/"


def show(client: Client, query: str = "") -> str:
    response = client.get(NOTIFICATIONS + query)
    assert response.status_code == HTTPStatus.OK
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def get_unread(user: User) -> list[int]:
    unread = Notification.objects.filter(user=user, read_at__isnull=True)
    return list(unread.order_by("seq").values_list("seq", flat=True))


@pytest.fixture
def three_peaks(meter: Sensor, store: Store) -> None:
    """Of 6, 8 and 12 kW (the limit is 4), an hour apart."""
    store(meter, (0, 0.0), (30, 3.0), (60, 3.0), (90, 7.0), (120, 7.0), (150, 13.0))


def test_says_when_where_and_how_high(as_alice: Client, alice: User, three_peaks: None) -> None:
    User.objects.update(time_zone="Europe/Bucharest")
    page = show(as_alice)
    assert "Flat · Main meter" in page
    assert "12.00 kW" in page
    assert "limit 4 kW" in page
    assert "+200%" in page
    assert "10 Mar 2026, 16:00–16:30" in page
    assert page.index("12.00 kW") < page.index("8.00 kW") < page.index("6.00 kW")
    assert "<title>(3) Notifications · Energy</title>" in page


def test_short_peak_shows_its_seconds(as_alice: Client, meter: Sensor, store: Store) -> None:
    store(meter, (0, 0.0), (0.25, 0.1))
    assert "10 Mar 2026, 12:00:00–12:00:15" in show(as_alice)


def test_peak_over_midnight_shows_both_days(as_alice: Client, meter: Sensor, store: Store) -> None:
    store(meter, (700, 0.0), (740, 9.0))
    assert "10 Mar 2026, 23:40–11 Mar 2026, 00:20" in show(as_alice)


def test_withdrawn_peak_says_so(as_alice: Client, three_peaks: None) -> None:
    Peak.objects.filter(power_kw=6).update(superseded_at=NOON)
    page = show(as_alice)
    assert "Withdrawn: a late reading showed that there was no peak." in page
    assert "Joined" not in page


def test_merged_peak_says_so(as_alice: Client, three_peaks: None) -> None:
    into = Peak.objects.get(power_kw=6)
    Peak.objects.filter(power_kw=8).update(superseded_at=NOON, merged_into=into)
    page = show(as_alice)
    assert "Joined with an earlier peak" in page
    assert "Withdrawn" not in page


def test_mark_one_read(as_alice: Client, alice: User, three_peaks: None) -> None:
    response = as_alice.post(MARK_READ, {"seq": 2})
    assert response.headers["Location"] == NOTIFICATIONS
    assert get_unread(alice) == [1, 3]
    assert show(as_alice).count("Mark read<") == 2 + 1  # the template of what comes live


def test_marking_again_keeps_the_first_time(
    as_alice: Client, alice: User, three_peaks: None
) -> None:
    Notification.objects.filter(seq=2).update(read_at=NOON)
    as_alice.post(MARK_READ, {"seq": 2})
    assert Notification.objects.get(seq=2).read_at == NOON


def test_mark_all_read_spares_what_came_after_the_page(
    as_alice: Client, alice: User, three_peaks: None
) -> None:
    page = show(as_alice)
    assert 'name="up_to_seq" value="3"' in page
    as_alice.post(MARK_READ, {"up_to_seq": 2})
    assert get_unread(alice) == [3]


def test_mark_read_leads_back_to_the_same_page(as_alice: Client, three_peaks: None) -> None:
    response = as_alice.post(MARK_READ, {"seq": 1, "page": 2})
    assert response.headers["Location"] == "/notifications/?page=2"


@pytest.mark.parametrize(
    "data",
    [{"seq": "x"}, {"seq": -1}, {"up_to_seq": 2**63}, {"seq": 1, "page": "//evil.example"}, {}],
)
def test_nonsense_marks_nothing(
    as_alice: Client, alice: User, three_peaks: None, data: dict[str, Any]
) -> None:
    assert as_alice.post(MARK_READ, data).status_code == HTTPStatus.BAD_REQUEST
    assert get_unread(alice) == [1, 2, 3]


def test_outsider_sees_and_marks_nothing(
    as_charlie: Client, as_administrator: Client, alice: User, three_peaks: None
) -> None:
    for client in (as_charlie, as_administrator):
        assert "Nothing to report" in show(client)
        assert "Main meter" not in show(client)
        assert client.post(MARK_READ, {"seq": 1}).status_code == HTTPStatus.NOT_FOUND
        client.post(MARK_READ, {"up_to_seq": 3})
    assert get_unread(alice) == [1, 2, 3]


def test_empty_list_says_what_will_come(as_alice: Client) -> None:
    page = show(as_alice)
    assert 'id="no-notifications" class="card empty">' in page
    assert 'id="mark-all-read" method="post" action="/notifications/read/" hidden>' in page


def test_many_notifications_are_paged(as_alice: Client, meter: Sensor, store: Store) -> None:
    for hour in range(30):
        store(meter, (60 * hour, 5.0 * hour), (60 * hour + 30, 5.0 * hour + 5))
    assert "Page 1 of 2" in show(as_alice)
    page = show(as_alice, "?page=2")
    assert 'data-seq="5"' in page
    assert 'data-seq="6"' not in page
    assert "data-newest" not in page


@pytest.mark.django_db
def test_anonymous_is_asked_to_log_in(client: Client) -> None:
    assert client.get(NOTIFICATIONS).headers["Location"] == (
        f"/accounts/login/?next={NOTIFICATIONS}"
    )
    assert client.post(MARK_READ).headers["Location"] == f"/accounts/login/?next={MARK_READ}"


def test_wrong_method(as_alice: Client) -> None:
    assert as_alice.post(NOTIFICATIONS).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert as_alice.get(MARK_READ).status_code == HTTPStatus.METHOD_NOT_ALLOWED


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
    with django_assert_max_num_queries(6):
        show(as_alice)
