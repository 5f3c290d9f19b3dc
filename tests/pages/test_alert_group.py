"""The page of a group of alerts: a sensor's peaks of a day, or its older ones."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.models import AlertGroup, Notification
from monitoring.pages import alert_group
from tests.conftest import NOON, Store, Summed

DAY = 24 * 60  # minutes
LATER = NOON + timedelta(days=30)


def path_of(group: AlertGroup) -> str:
    return f"/alerts/groups/{group.pk}/"


def show(client: Client, query: str = "") -> str:
    answer = client.get(path_of(AlertGroup.objects.get()) + query)
    assert answer.status_code == HTTPStatus.OK
    return answer.text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def three_of_a_day(meter: Sensor, store: Store) -> AlertGroup:
    """6, 8 and 12 kW over a limit of 4, half an hour each."""
    store(meter, (0, 0.0), (30, 3.0), (60, 3.0), (90, 7.0), (120, 7.0), (150, 13.0))
    return AlertGroup.objects.get()


@pytest.fixture
def older(meter: Sensor, store: Store) -> AlertGroup:
    """Three of three days, told a month later."""
    values = [
        (day * DAY + minute, day * 3.0 + minute / 10) for day in range(3) for minute in (0, 30)
    ]
    store(meter, *values, now=LATER)
    return AlertGroup.objects.get()


def test_says_how_many_how_high_and_lists_them(
    as_alice: Client, three_of_a_day: AlertGroup
) -> None:
    page = show(as_alice)
    assert "3 peaks on 10 Mar 2026" in page
    assert "highest <strong>12.00 kW</strong>" in page
    assert page.index("12.00 kW</strong> <span") < page.index("8.00 kW") < page.index("6.00 kW")
    assert 'href="/alerts/3/"' in page
    assert '<span class="badge danger">serious</span>' in page


def test_older_peaks_say_that_they_are(as_alice: Client, older: AlertGroup) -> None:
    page = show(as_alice)
    assert "3 older peaks" in page
    assert "10 March 2026 – 12 March 2026" in page
    assert "and no email" in page
    inbox = as_alice.get("/alerts/").text
    assert path_of(older) in inbox
    assert "3 older peaks" in inbox


def test_inbox_has_one_card_of_them(as_alice: Client, three_of_a_day: AlertGroup) -> None:
    inbox = as_alice.get("/alerts/").text
    assert inbox.count('<li class="card notification') == 1
    assert path_of(three_of_a_day) in inbox
    assert "3 peaks on 10 Mar 2026" in inbox


def test_long_list_goes_on_by_pages(
    as_alice: Client, older: AlertGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alert_group, "PEAKS_A_PAGE", 2)
    page = show(as_alice)
    assert page.count('<li class="row">') == 2
    before = page.split('rel="next" href="')[1].split('"')[0]
    rest = show(as_alice, before)
    assert rest.count('<li class="row">') == 1
    assert 'rel="next"' not in rest
    assert show(as_alice, "?before=nonsense").count('<li class="row">') == 2


@pytest.mark.parametrize("path", ["/alerts/read/", "/alerts/acknowledge/"])
def test_all_of_it_is_marked(
    as_alice: Client, as_charlie: Client, three_of_a_day: AlertGroup, path: str
) -> None:
    unread = Notification.objects.filter(read_at__isnull=True)
    data = {"group": three_of_a_day.pk}
    assert as_charlie.post(path, data).status_code == HTTPStatus.NOT_FOUND
    assert unread.count() == 3
    assert as_alice.post(path, data).headers["Location"] == "/alerts/"
    assert unread.count() == 0
    acknowledged = Notification.objects.filter(acknowledged_at__isnull=False).count()
    assert acknowledged == (3 if "acknowledge" in path else 0)


def test_likely_cause_is_told_by_the_meters_own_week(
    as_alice: Client, meter: Sensor, store: Store, summed: Summed
) -> None:
    hours = [(-60.0 * hour, 0.5 * (21 * 24 - hour)) for hour in range(21 * 24, -1, -1)]
    store(meter, *hours)  # three weeks of a steady 0.5 kW
    last = hours[-1][1]
    store(meter, (5, last + 0.5))
    summed()
    page = show(as_alice)
    assert "Probably a powerful appliance" in page
    assert "5.50 kW on top of the usual 0.50 kW at this time (Tuesday, 12:00)" in page
    assert "Run large appliances one after the other." in page
    assert "5.50 kW on top" in as_alice.get("/alerts/1/").text.replace("\N{NO-BREAK SPACE}", " ")


def test_new_meter_has_no_cause_yet(as_alice: Client, three_of_a_day: AlertGroup) -> None:
    assert "We do not know this meter" in show(as_alice)


def test_who_gave_the_device_away_sees_no_names(
    as_alice: Client, charlie: User, three_of_a_day: AlertGroup
) -> None:
    Device.objects.update(owner=charlie)
    page = show(as_alice)
    assert "A device that you had before" in page
    assert "Main meter" not in page
    assert "likely-cause" not in page


def test_outsiders_and_the_anonymous_see_nothing(
    client: Client, as_charlie: Client, as_administrator: Client, three_of_a_day: AlertGroup
) -> None:
    path = path_of(three_of_a_day)
    for other in (as_charlie, as_administrator):
        assert other.get(path).status_code == HTTPStatus.NOT_FOUND
    assert client.get(path).headers["Location"] == f"/accounts/login/?next={path}"


def test_wrong_method(as_alice: Client, three_of_a_day: AlertGroup) -> None:
    assert as_alice.post(path_of(three_of_a_day)).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_queries_do_not_grow_with_peaks(
    as_alice: Client, meter: Sensor, store: Store, django_assert_max_num_queries: Any
) -> None:
    values = [(minute, minute // 2 * 0.5) for minute in range(200)]
    store(meter, *values)
    assert AlertGroup.objects.get().peak_count == 99
    with django_assert_max_num_queries(14):
        show(as_alice)
